import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface LockedPackage {
  version?: string;
  resolved?: string;
  engines?: { node?: string };
}
const lock = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> };
const about = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;

describe('dependencies', () => {
  test('the lock file names no registry host: every hospital has its own', () => {
    const hosts = Object.values(lock.packages).flatMap(({ resolved }) => (resolved?.startsWith('http') ? [resolved] : []));
    expect(hosts).toEqual([]);
  });

  test('every direct dependency is pinned to one version', () => {
    const ranges = Object.entries({ ...about['dependencies'], ...about['devDependencies'] }).filter(
      ([, version]) => !/^(npm:[@\w/-]+@)?\d+\.\d+\.\d+$/.test(version),
    );
    expect(ranges).toEqual([]);
  });

  test('every direct dependency has its line of reason', () => {
    const reasons = readFileSync(resolve(root, 'docs/dependencies.md'), 'utf8');
    const names = Object.keys({ ...about['dependencies'], ...about['devDependencies'] });
    expect(names.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([]);
  });

  test("nobody's install script runs unasked", () => {
    const settings = readFileSync(resolve(root, '.npmrc'), 'utf8').split('\n');
    expect(settings).toContain('ignore-scripts=true');
    expect(settings).toContain('omit-lockfile-registry-resolved=true');
  });
});
