import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../electron/db/audit';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { buildProgram, startProgram } from '../helpers/child';
import { newCampaign, newRoom, openOf, RAO } from '../helpers/reading-room';

const program = await buildProgram('test/db/children/reading-program.ts');

test('kill -9 in the middle of 300 reads: every acknowledged one is there, once, and the queue goes on at its image', async () => {
  const room = await newRoom(150);
  const campaignId = await newCampaign(room);
  const order = openOf(room, RAO, campaignId).map(({ id }) => id);
  expect(order).toHaveLength(300);
  const { folder } = room.workspace.profile;
  room.workspace.profile.close();

  const acknowledged: string[] = [];
  for (const [round, delayMs] of [0, 7, 31].entries()) {
    const reader = startProgram(program, [folder, RAO.userId, campaignId]);
    expect(await reader.nextLine()).toBe('open');
    for (let count = 0; count < 20 + round * 10; count++) acknowledged.push(await reader.nextLine());
    await setTimeout(delayMs);
    reader.process.kill('SIGKILL');
    acknowledged.push(...(await reader.rest()));
  }
  // Every start went on where the one before was killed: nothing was asked twice, nothing left out.
  expect(acknowledged).toEqual(order.filter((id) => acknowledged.includes(id)));
  expect(acknowledged.length).toBeLessThan(300);

  const profile = await createOrOpenProfile(folder);
  onTestFinished(() => {
    profile.close();
  });
  const { database } = profile;
  const stored = database.prepare('SELECT assignment_id FROM read ORDER BY seq').pluck().all() as string[];
  // At most the one that was being acknowledged at each kill is stored beyond them.
  expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored.length - acknowledged.length).toBeLessThanOrEqual(3);
  expect(stored).toEqual(order.slice(0, stored.length));
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(verifyAuditChain(database).ok).toBe(true);
  expect(openOf({ ...room, workspace: { ...room.workspace, profile } }, RAO, campaignId)[0]?.id).toBe(order[stored.length]);
});
