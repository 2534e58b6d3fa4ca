import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';

import { verifyAuditChain } from '../../electron/db/audit';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { startCli } from './cli';

/**
 * Screens a folder and kills the whole program with kill -9 at random moments, each time followed by the same command, until it ends by
 * itself; then looks at everything.
 *
 * @param moments milliseconds after progress begins at which it is killed, one a start
 */
export async function killAndGoOn(
  cli: string,
  folder: string,
  work: string,
  moments: readonly number[],
): Promise<{ kills: number; rows: Record<string, string>[] }> {
  const profile = `${work}/profile`;
  const csv = `${work}/out.csv`;
  const args = ['screen', '--backend', 'onnx', folder, '--profile', profile, '--csv', csv];
  let kills = 0;
  for (const moment of moments) {
    const run = startCli(cli, args, { home: work });
    await run.says(/^\d+ of \d+/m);
    await Promise.race([run.ended, new Promise((settle) => setTimeout(settle, moment))]);
    if (run.process.exitCode !== null) break;
    run.process.kill('SIGKILL');
    await run.ended;
    kills += 1;
  }
  const end = await startCli(cli, args, { home: work }).ended;
  expect(end.code, end.err).toBe(0);
  await expectSound(profile);
  return { kills, rows: parse(readFileSync(csv), { columns: true }) };
}

/** Nothing doubled, nothing half, the database and the audit chain sound, every original readable. */
async function expectSound(folder: string): Promise<void> {
  const profile = await createOrOpenProfile(folder);
  try {
    const { database } = profile;
    const count = (query: string): number => (database.prepare(query).get() as { n: number }).n;
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(verifyAuditChain(database).ok).toBe(true);
    expect(count('SELECT count(*) AS n FROM screening_run')).toBe(1);
    expect(count('SELECT count(*) AS n FROM screening_run WHERE finished_at IS NULL')).toBe(0);
    expect(count('SELECT count(*) AS n FROM (SELECT image_id FROM prediction GROUP BY image_id HAVING count(*) > 1)')).toBe(0);
    expect(count('SELECT count(*) AS n FROM image_source WHERE supersedes_id IS NOT NULL')).toBe(0);
    expect(count('SELECT count(*) AS n FROM outcome WHERE supersedes_id IS NOT NULL')).toBe(0);
    const images = count('SELECT count(*) AS n FROM image');
    expect(count("SELECT count(*) AS n FROM outcome WHERE level = 'image'")).toBe(images);
    expect(count('SELECT count(*) AS n FROM quality_check')).toBe(images);
    const sample = database.prepare('SELECT lower(hex(sha256)) AS sha256 FROM image ORDER BY id LIMIT 200').all() as { sha256: string }[];
    for (const { sha256 } of sample) {
      await profile.blobs.get('original', sha256);
      await profile.blobs.get('thumbnail', sha256);
    }
  } finally {
    profile.close();
  }
}
