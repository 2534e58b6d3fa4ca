import { randomBytes } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { codeOf, toStorageError } from '../storage-error';
import { writeFileDurably } from './durable-file';

/** Where the 32 bytes come from that open a profile. Accounts will add sources that unwrap them with a password; nothing else changes then. */
export interface KeySource {
  /** False while whoever holds the disk holds the key: the window and `netra check` say "not protected". */
  readonly protected: boolean;
  /** The data key, or null where the profile has none yet. @throws AppError profile-damaged {part: 'key'} */
  read: () => Promise<Uint8Array | null>;
  /** Makes the key of a new profile and stores it. */
  create: () => Promise<Uint8Array>;
}

const keyFileSchema = z.object({ format: z.literal(1), key: z.string().regex(/^[0-9a-f]{64}$/) });

/** The key as it is, in a file only its owner may read. */
export function unwrappedKeyFile(path: string): KeySource {
  return {
    protected: false,
    async read() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (thrown) {
        if (codeOf(thrown) === 'ENOENT') return null;
        throw toStorageError(thrown);
      }
      try {
        const { key } = keyFileSchema.parse(JSON.parse(text));
        // A copy from a memory stick or a careless chmod may have opened it to others; on a read-only disk that is not ours to change.
        await chmod(path, 0o600).catch(() => undefined);
        return new Uint8Array(Buffer.from(key, 'hex'));
      } catch {
        // Without a cause: the text of a parse error could quote the key into a log.
        throw new AppError('profile-damaged', { part: 'key' });
      }
    },
    async create() {
      const key = randomBytes(32);
      await writeFileDurably(path, JSON.stringify({ format: 1, key: key.toString('hex') }) + '\n', { mode: 0o600 });
      return new Uint8Array(key);
    },
  };
}
