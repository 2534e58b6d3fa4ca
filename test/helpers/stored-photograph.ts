import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Profile } from '../../electron/db/profile/profile';
import { assignImage } from '../../electron/db/queries/assignments';
import { addImage, type Image } from '../../electron/db/queries/images';
import { addPatient } from '../../electron/db/queries/patients';

/** A small real JPEG with a name in its metadata, stored as screening stores it, of a new patient. @param seed makes contents differ */
export async function storePhotograph(profile: Profile, seed: number): Promise<Image> {
  const { database: db, site, blobs } = profile;
  const bytes = Uint8Array.from(
    await sharp({ create: { width: 64, height: 48, channels: 3, background: { r: (seed * 37) % 256, g: (seed * 91) % 256, b: 40 } } })
      .jpeg()
      .withExif({ IFD0: { ImageDescription: 'Lakshmi Devi', Artist: 'OD 12345' } })
      .toBuffer(),
  );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await blobs.putAll(sha256, { original: bytes });
  const image = addImage(db, {
    siteId: site.id,
    sha256,
    byteSize: bytes.byteLength,
    format: 'jpeg',
    width: 64,
    height: 48,
    takenAt: null,
    camera: 'Remidio FOP',
  });
  assignImage(db, {
    siteId: site.id,
    imageId: image.id,
    patientId: addPatient(db, site.id).id,
    encounterId: null,
    eye: 'right',
    field: null,
    basis: 'person',
    runId: null,
    actorId: 'local',
  });
  return image;
}
