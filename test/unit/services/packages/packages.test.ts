import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { endAssignments } from '../../../../electron/db/queries/campaigns';
import { addAdjudicated } from '../../../../electron/db/queries/adjudications';
import { copyEncryptedDatabase } from '../../../../electron/services/backup/copy-work';
import { receivePackage, type Received } from '../../../../electron/services/packages/receive';
import { listPackages, sendAnswers, sendPackage } from '../../../../electron/services/packages/send';
import { acceptSender, ownFingerprint } from '../../../../electron/services/packages/site-key';
import { type Actor, LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { rejectionOf } from '../../../helpers/errors';
import { inlinePool } from '../../../helpers/inline-pool';
import { answer, graded, startCampaign } from '../../../helpers/labels';
import { storePhotograph } from '../../../helpers/stored-photograph';
import { temporaryFolder } from '../../../helpers/temporary';

const DOCTOR: Actor = { userId: 'local-doctor', roles: ['doctor'] };
const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

interface Place {
  profile: Profile;
  pool: ReturnType<typeof inlinePool>;
}

async function place(): Promise<Place> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  return { profile, pool: inlinePool(profile) };
}

interface Sent {
  clinic: Place;
  laptop: Place;
  images: { id: string; assignmentId: string }[];
  campaignId: string;
  file: string;
  passphrase: string;
}

/** Two photographs of a campaign, sent to dr-b. */
async function sent(): Promise<Sent> {
  const [clinic, laptop] = [await place(), await place()];
  const stored = [await storePhotograph(clinic.profile, 1), await storePhotograph(clinic.profile, 2)];
  const { campaignId, assignmentOf } = startCampaign(
    clinic.profile,
    stored.map((image) => image.id),
  );
  const file = join(temporaryFolder(), 'photographs.age');
  const { passphrase } = await sendPackage(LOCAL_ACTOR, clinic, { campaignId, readerId: 'dr-b', dueDay: '2026-12-01', file, ...quiet });
  return {
    clinic,
    laptop,
    images: stored.map((image) => ({ id: image.id, assignmentId: assignmentOf(image.id, 'dr-b') })),
    campaignId,
    file,
    passphrase,
  };
}

/** Opens a file, accepting its sender the first time. */
async function open(actor: Actor, at: Place, file: string, passphrase: string): Promise<Received> {
  const first = await receivePackage(actor, at, { file, passphrase });
  if (first.kind !== 'unknown-sender') return first;
  acceptSender(LOCAL_ACTOR, at.profile, first.publicKey, first.siteCode);
  return receivePackage(actor, at, { file, passphrase });
}

/** Answers the given photographs on the laptop and writes them to a file. */
async function answered({ laptop }: Sent, packageId: string, which: readonly number[]): Promise<{ file: string; passphrase: string }> {
  const rows = laptop.profile.database.prepare('SELECT a.id, a.image_id, a.reader_id FROM read_assignment a ORDER BY a.position').all() as {
    id: string;
    image_id: string;
    reader_id: string;
  }[];
  for (const index of which) {
    const row = rows[index];
    if (row) answer(laptop.profile, row.id, row.image_id, row.reader_id, graded(2));
  }
  const file = join(temporaryFolder(), 'answers.age');
  const { passphrase } = await sendAnswers(DOCTOR, laptop, { packageId, file });
  return { file, passphrase };
}

function readsAt({ profile }: Place): number {
  return Number(profile.database.prepare('SELECT count(*) FROM read').pluck().get());
}

describe('a package for a doctor’s own laptop', () => {
  it('carries pictures and questions, and no name, file name or identity', async () => {
    const { clinic, file, passphrase } = await sent();
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const content = Buffer.from(await decrypter.decrypt(readFileSync(file)));
    for (const secret of ['Lakshmi', 'OD 12345', 'Remidio', 'dr-b']) expect(content.includes(secret)).toBe(false);
    const patients = clinic.profile.database.prepare('SELECT id FROM patient').pluck().all() as string[];
    for (const patient of patients) expect(content.includes(patient)).toBe(false);
  });

  it('of a sender nobody has accepted is only named, by the fingerprint the sender sees', async () => {
    const { clinic, laptop, file, passphrase } = await sent();
    const first = await receivePackage(DOCTOR, laptop, { file, passphrase });
    expect(first).toMatchObject({ kind: 'unknown-sender', fingerprint: ownFingerprint(LOCAL_ACTOR, clinic.profile) });
    expect(laptop.profile.database.prepare('SELECT count(*) FROM image').pluck().get()).toBe(0);
    if (first.kind === 'unknown-sender')
      expect(() => acceptSender(DOCTOR, laptop.profile, first.publicKey, first.siteCode)).toThrow('not-permitted');
  });

  it('is read there and merges here once, sent twice, in two halves and late', async () => {
    const trip = await sent();
    const { clinic, laptop, file, passphrase } = trip;
    const opened = await open(DOCTOR, laptop, file, passphrase);
    expect(opened).toMatchObject({ kind: 'images', images: 2, undecodable: 0, again: false });
    expect(await open(DOCTOR, laptop, file, passphrase)).toMatchObject({ kind: 'images', images: 2, again: true });
    const packageId = opened.kind === 'images' ? opened.packageId : '';
    const half = await answered(trip, packageId, [0]);
    expect(await open(LOCAL_ACTOR, clinic, half.file, half.passphrase)).toMatchObject({ kind: 'answers', answers: 1, added: 1 });
    expect(await open(LOCAL_ACTOR, clinic, half.file, half.passphrase)).toMatchObject({ answers: 1, added: 0 });
    const whole = await answered(trip, packageId, [1]);
    expect(await open(LOCAL_ACTOR, clinic, whole.file, whole.passphrase)).toMatchObject({ answers: 2, added: 1 });
    expect(readsAt(clinic)).toBe(2);
    const rows = clinic.profile.database.prepare('SELECT reader_id, elsewhere, grade FROM read').all();
    expect(rows).toEqual([
      { reader_id: 'dr-b', elsewhere: 1, grade: 2 },
      { reader_id: 'dr-b', elsewhere: 1, grade: 2 },
    ]);
  });

  it('brings answers for photographs that were adjudicated meanwhile: kept, and the label stays', async () => {
    const trip = await sent();
    const { clinic, laptop, campaignId, images } = trip;
    const opened = await open(DOCTOR, laptop, trip.file, trip.passphrase);
    const { file, passphrase } = await answered(trip, opened.kind === 'images' ? opened.packageId : '', [0, 1]);
    for (const { id } of images)
      addAdjudicated(clinic.profile.database, {
        siteId: clinic.profile.site.id,
        campaignId,
        imageId: id,
        method: 'round-robin',
        assignmentId: null,
        adjudicatorId: null,
        rounds: 2,
        answer: graded(4),
      });
    expect(await open(LOCAL_ACTOR, clinic, file, passphrase)).toMatchObject({ added: 2 });
    expect(readsAt(clinic)).toBe(2);
    expect(clinic.profile.database.prepare('SELECT grade FROM reference_label').pluck().all()).toEqual([4, 4]);
  });

  it('brings the answers of a reader who has left meanwhile without loss', async () => {
    const trip = await sent();
    const { clinic, laptop, campaignId } = trip;
    const opened = await open(DOCTOR, laptop, trip.file, trip.passphrase);
    const { file, passphrase } = await answered(trip, opened.kind === 'images' ? opened.packageId : '', [0]);
    endAssignments(clinic.profile.database, { campaignId, readerId: 'dr-b' }, 'reader-left', 'local');
    expect(await open(LOCAL_ACTOR, clinic, file, passphrase)).toMatchObject({ added: 1 });
  });

  it('that is not back in time is on the list of the overdue', async () => {
    const { clinic } = await sent();
    expect(listPackages(LOCAL_ACTOR, clinic.profile, '2026-11-30').sent).toMatchObject([{ overdue: false, images: 2, answered: 0 }]);
    expect(listPackages(LOCAL_ACTOR, clinic.profile, '2026-12-02').sent).toMatchObject([{ overdue: true }]);
  });
});

describe('a package that cannot be used says why, and nothing of it is stored', () => {
  it('damaged on the way', async () => {
    const { laptop, file, passphrase } = await sent();
    const bytes = readFileSync(file);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase }))).toMatchObject({ code: 'package-damaged' });
    writeFileSync(file, bytes.subarray(0, 300));
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase }))).toMatchObject({ code: 'package-damaged' });
    writeFileSync(file, 'not a package');
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase }))).toMatchObject({ code: 'package-damaged' });
    expect(readsAt(laptop)).toBe(0);
  });

  it('with another passphrase', async () => {
    const { laptop, file } = await sent();
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase: 'AAAA-BBBB' }))).toMatchObject({
      code: 'package-passphrase-wrong',
    });
  });

  it.each([
    [
      'altered by somebody who knows the passphrase',
      'package-altered',
      (content: Buffer) => content.fill(1, content.length - 80, content.length - 70),
    ],
    ['of a newer program', 'package-newer', (content: Buffer) => content.writeUInt32BE(2, 14)],
    ['of an older program', 'package-older', (content: Buffer) => content.writeUInt32BE(0, 14)],
  ])('%s', async (_what, code, change) => {
    const { laptop, file, passphrase } = await sent();
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const content = Buffer.from(await decrypter.decrypt(readFileSync(file)));
    change(content);
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase(passphrase);
    writeFileSync(file, await encrypter.encrypt(content));
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase }))).toMatchObject({ code });
  });

  it('signed by a key that is not the one it names', async () => {
    const { laptop, file, passphrase } = await sent();
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const content = Buffer.from(await decrypter.decrypt(readFileSync(file)));
    const { privateKey } = generateKeyPairSync('ed25519');
    const signed = content.subarray(0, content.length - 64);
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase(passphrase);
    writeFileSync(file, await encrypter.encrypt(Buffer.concat([signed, sign(null, signed, privateKey)])));
    expect(await rejectionOf(receivePackage(DOCTOR, laptop, { file, passphrase }))).toMatchObject({ code: 'package-altered' });
  });

  it('made here, or answers of another site, or of a package that was never sent', async () => {
    const trip = await sent();
    const { clinic, laptop, file, passphrase } = trip;
    expect(await rejectionOf(receivePackage(LOCAL_ACTOR, clinic, { file, passphrase }))).toMatchObject({ code: 'package-own' });
    const opened = await open(DOCTOR, laptop, file, passphrase);
    const back = await answered(trip, opened.kind === 'images' ? opened.packageId : '', [0]);
    const stranger = await place();
    expect(await rejectionOf(receivePackage(LOCAL_ACTOR, stranger, back))).toMatchObject({ code: 'package-of-another-site' });
  });

  it('come back to a clinic that a backup from before the sending was restored to', async () => {
    const [clinic, laptop] = [await place(), await place()];
    const stored = [await storePhotograph(clinic.profile, 1), await storePhotograph(clinic.profile, 2)];
    const { campaignId } = startCampaign(
      clinic.profile,
      stored.map((image) => image.id),
    );
    ownFingerprint(LOCAL_ACTOR, clinic.profile);
    const restored = temporaryFolder();
    for (const part of ['key.json', 'profile.json']) copyFileSync(join(clinic.profile.folder, part), join(restored, part));
    await copyEncryptedDatabase({ ...clinic.profile.databaseAccess, to: join(restored, 'netra.db') });
    const file = join(temporaryFolder(), 'photographs.age');
    const wanted = { campaignId, readerId: 'dr-b', dueDay: '2026-12-01', file, ...quiet };
    const { passphrase } = await sendPackage(LOCAL_ACTOR, clinic, wanted);
    const opened = await open(DOCTOR, laptop, file, passphrase);
    const trip = { clinic, laptop, images: [], campaignId, file, passphrase };
    const back = await answered(trip, opened.kind === 'images' ? opened.packageId : '', [0]);
    const older = await createOrOpenProfile(restored);
    onTestFinished(() => older.close());
    expect(await rejectionOf(receivePackage(LOCAL_ACTOR, { profile: older, pool: inlinePool(older) }, back))).toMatchObject({
      code: 'package-unknown',
    });
    expect(older.database.prepare('SELECT count(*) FROM read').pluck().get()).toBe(0);
  });

  it('has nothing to send for a reader who has answered everything', async () => {
    const { clinic, campaignId, images } = await sent();
    for (const { id, assignmentId } of images) answer(clinic.profile, assignmentId, id, 'dr-b', graded(0));
    const again = sendPackage(LOCAL_ACTOR, clinic, { campaignId, readerId: 'dr-b', dueDay: '2026-12-01', file: '/nowhere', ...quiet });
    expect(await rejectionOf(again)).toMatchObject({ code: 'package-nothing-to-read' });
  });
});
