import { createHash } from 'node:crypto';
import { appendAuditEvent } from '../../../electron/db/audit';
import { createOrOpenProfile } from '../../../electron/db/profile/profile';
import { addImage } from '../../../electron/db/queries/images';
import { transaction } from '../../../electron/db/sql';
import { LOCAL_ACTOR } from '../../../electron/shared/domain/codes';
import { toAppError } from '../../../electron/shared/errors';

/**
 * Another process on a profile: `hold` opens it and waits; `write` stores photographs without end. It prints a line only after what the line says
 * is stored, so that whoever kills it knows what must be there.
 */
const [task, folder = ''] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const profile = await createOrOpenProfile(folder);
  say('open');
  if (task === 'write') {
    for (let number = 0; ; number++) {
      const original = Buffer.from(`photograph ${number} `.repeat(2000));
      const sha256 = createHash('sha256').update(original).digest('hex');
      await profile.blobs.putAll(sha256, { original, thumbnail: Buffer.from(`thumbnail ${number}`) });
      transaction(profile.database, () => {
        const image = addImage(profile.database, {
          siteId: profile.site.id,
          sha256,
          byteSize: original.byteLength,
          format: 'jpeg',
          width: 1,
          height: 1,
          takenAt: null,
          camera: null,
        });
        appendAuditEvent(profile.database, {
          siteId: profile.site.id,
          actor: LOCAL_ACTOR,
          action: 'image.captured',
          recordType: 'image',
          recordId: image.id,
        });
      });
      say(sha256);
    }
  }
  setInterval(() => undefined, 1000);
} catch (thrown) {
  say(`error ${toAppError(thrown).code}`);
}
