import { z } from 'zod';

/** How columns become domain values. SQLite has no booleans, no hex and no objects. */

export const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);

export const bytes = z.instanceof(Uint8Array);

/** A BLOB that TypeScript handles as a lower-case hex string. */
export const hex = bytes.transform((value) => Buffer.from(value).toString('hex'));

/** A TEXT column with JSON in it. */
export function json<Schema extends z.ZodType>(schema: Schema): z.ZodPipe<z.ZodPipe<z.ZodString, z.ZodTransform<unknown, string>>, Schema> {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

/** A SHA-256 or another digest in hex, as bytes for a BLOB column. */
export function fromHex(value: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/.test(value)) throw new TypeError('not lower-case hex');
  return Buffer.from(value, 'hex');
}
