import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { answerSchema, marksSchema } from '../../shared/ipc/reading';

/**
 * What travels on a stick: an age file under a passphrase that is told by voice. Inside, `NETRA-PACKAGE`, the format's number, the length of a header (JSON), the
 * header, the pictures one after the other, and at the end the sender's Ed25519 signature over everything before it.
 */
const MAGIC = 'NETRA-PACKAGE\n';
const FORMAT = 1;
const SIGNATURE_BYTES = 64;
/** Two to this power rounds of scrypt: half a second in JavaScript. Enough, since the passphrase is 80 random bits and no person's choice. */
const SCRYPT_LOG_ROUNDS = 14;
/** PKCS #8 and SPKI frames around a raw Ed25519 key. */
const SPKI_FRAME = Buffer.from('302a300506032b6570032100', 'hex');

const id = z.uuid();
const common = {
  packageId: id,
  /** Who made the file. */
  siteId: id,
  /** Base64, 32 bytes. */
  publicKey: z.base64().length(44),
};
const headerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('images'),
    dueDay: z.iso.date(),
    items: z.array(z.strictObject({ assignmentId: id, bytes: z.number().int().positive() })).max(10_000),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('answers'),
    /** Whose photographs they are about. */
    forSiteId: id,
    items: z
      .array(
        z.strictObject({
          assignmentId: id,
          answerId: id,
          answer: answerSchema,
          marks: marksSchema,
          adjudicate: z.boolean(),
          contradicts: z.boolean(),
          urgent: z.boolean(),
          activeMs: z.number().nonnegative(),
          idleMs: z.number().nonnegative(),
        }),
      )
      .max(10_000),
  }),
]);
export type PackageHeader = z.output<typeof headerSchema>;
export type ImagesHeader = Extract<PackageHeader, { kind: 'images' }>;
export type AnswersHeader = Extract<PackageHeader, { kind: 'answers' }>;

/** The most expensive import of the program (more than half a second on a busy laptop): only who opens or seals a package waits for it, not every start. */
function age() {
  return import('age-encryption');
}

export interface SealInput {
  header: PackageHeader;
  /** In the order of the header's items; none for answers. */
  files: readonly Uint8Array[];
  /** PKCS #8, DER. */
  privateKey: Uint8Array;
  passphrase: string;
}

export async function sealPackage({ header, files, privateKey, passphrase }: SealInput): Promise<Uint8Array> {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const content = contentOf(header, files, FORMAT);
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(SCRYPT_LOG_ROUNDS);
  encrypter.setPassphrase(passphrase);
  return encrypter.encrypt(Buffer.concat([content, sign(null, content, key)]));
}

function contentOf(header: PackageHeader, files: readonly Uint8Array[], format: number): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(format, 0);
  numbers.writeUInt32BE(text.length, 4);
  return Buffer.concat([Buffer.from(MAGIC), numbers, text, ...files]);
}

export interface OpenedPackage {
  header: PackageHeader;
  files: Uint8Array[];
}

/** @throws AppError package-damaged, package-passphrase-wrong, package-older, package-newer, package-altered */
export async function openPackage({ bytes, passphrase }: { bytes: Uint8Array; passphrase: string }): Promise<OpenedPackage> {
  const content = Buffer.from(await decrypt(bytes, passphrase));
  if (content.length < MAGIC.length + 8 + SIGNATURE_BYTES || content.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new AppError('package-damaged');
  const format = content.readUInt32BE(MAGIC.length);
  if (format !== FORMAT) throw new AppError(format < FORMAT ? 'package-older' : 'package-newer', { found: format });
  const start = MAGIC.length + 8;
  const length = content.readUInt32BE(MAGIC.length + 4);
  const signed = content.subarray(0, content.length - SIGNATURE_BYTES);
  if (start + length > signed.length) throw new AppError('package-damaged');
  const header = headerOf(content.subarray(start, start + length));
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_FRAME, Buffer.from(header.publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  });
  if (!verify(null, signed, publicKey, content.subarray(content.length - SIGNATURE_BYTES))) throw new AppError('package-altered');
  const files: Uint8Array[] = [];
  let place = start + length;
  for (const item of header.kind === 'images' ? header.items : []) {
    if (place + item.bytes > signed.length) throw new AppError('package-damaged');
    files.push(new Uint8Array(signed.subarray(place, place + item.bytes)));
    place += item.bytes;
  }
  if (place !== signed.length) throw new AppError('package-damaged');
  return { header, files };
}

async function decrypt(bytes: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(bytes);
  } catch (thrown) {
    // The library's words for a passphrase that opens no stanza of a whole header.
    const wrong = thrown instanceof Error && /no identity matched/i.test(thrown.message);
    throw new AppError(wrong ? 'package-passphrase-wrong' : 'package-damaged', {}, thrown);
  }
}

function headerOf(bytes: Uint8Array): PackageHeader {
  try {
    return headerSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (thrown) {
    throw new AppError('package-damaged', {}, thrown);
  }
}

/** What two people compare by voice: eight groups of four. @param publicKey 32 bytes */
export function fingerprintOfKey(publicKey: Uint8Array): string {
  const hex = createHash('sha256').update(publicKey).digest('hex').slice(0, 32).toUpperCase();
  return (hex.match(/.{4}/g) ?? []).join(' ');
}
