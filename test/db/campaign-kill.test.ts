import { expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../electron/db/audit';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { isBlinded } from '../../electron/db/queries/blinding';
import { listCampaigns } from '../../electron/services/reading/campaign-views';
import { myReading } from '../../electron/services/reading/reading-queue';
import { buildProgram, startProgram } from '../helpers/child';
import { inlinePool } from '../helpers/inline-pool';
import { HEAD, newCampaign, newRoom, openOf, RAO, SEN } from '../helpers/reading-room';

const program = await buildProgram('test/db/children/campaign-program.ts');

test('kill -9 in the middle of making a series: no half of it is there for anybody, and it is made anew', async () => {
  const room = await newRoom(150);
  const { folder } = room.workspace.profile;
  room.workspace.profile.close();
  // 300 photographs are 15 pieces of 21: the last kill comes between the last of them and the seal.
  for (const pieces of [1, 7, 15]) {
    const maker = startProgram(program, [folder, String(pieces), RAO.userId, SEN.userId]);
    expect(await maker.nextLine()).toBe('stored');
    maker.process.kill('SIGKILL');
    await maker.rest();
  }

  const profile = await createOrOpenProfile(folder);
  onTestFinished(() => {
    profile.close();
  });
  const { database } = profile;
  const again = { ...room, workspace: { ...room.workspace, profile, pool: inlinePool(profile) } as unknown as typeof room.workspace };
  const rows = (table: string): unknown => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect([rows('campaign'), rows('campaign_item'), rows('read_assignment')]).toEqual([3, 21 + 147 + 300, 2 * (21 + 147 + 300)]);
  expect(listCampaigns(HEAD, again.workspace)).toEqual([]);
  expect(myReading(RAO, again.workspace).campaigns).toEqual([]);
  const [patient] = room.patients;
  expect(isBlinded(database, RAO.userId, { patientId: patient?.patientId ?? '' })).toBe(false);
  expect(rows("audit_event WHERE action = 'campaign.created'")).toBe(0);

  const campaignId = await newCampaign(again);
  expect(listCampaigns(HEAD, again.workspace)).toMatchObject([{ campaignId, images: 300, asked: 600 }]);
  expect(openOf(again, RAO, campaignId)).toHaveLength(300);
  expect(isBlinded(database, RAO.userId, { patientId: patient?.patientId ?? '' })).toBe(true);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(verifyAuditChain(database).ok).toBe(true);
});
