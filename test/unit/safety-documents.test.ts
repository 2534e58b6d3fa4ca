import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const log = readFileSync(join(ROOT, 'docs/safety/hazard-log.md'), 'utf8');

describe('the hazard log', () => {
  test('has each of the fifteen rules, with a test that is there', () => {
    const rules = log.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    expect(rules.map((line) => Number(/^\| (\d+)/.exec(line)?.[1]))).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    for (const rule of rules) expect(rule, rule.slice(0, 60)).toMatch(/`test\/[^`]+\.(test|spec)\.ts`/);
    const named = [...log.matchAll(/`(test\/[^`]+\.(?:test|spec)\.ts)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
