import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';

/** A disk of its own, which only the system's administrator may make. */
export interface SmallDisk {
  folder: string;
  makeReadOnly: () => void;
  makeWritable: () => void;
}

/** Declares a test on a disk of a few megabytes. Where none can be mounted the test is skipped, with the reason in its name. */
export function smallDiskTest(name: string, megabytes: number, body: (disk: SmallDisk) => Promise<void> | void): void {
  if (!mayMount) test.skip(`${name} (skipped: only root may mount a disk)`, () => undefined);
  else test(name, async () => body(mountDisk(megabytes)));
}

const mayMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'netra-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

function mountDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'netra-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  onTestFinished(() => {
    // Lazily: a process that a failed test left must not keep the mount.
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', folder]),
    makeWritable: () => void execFileSync('mount', ['-o', 'remount,rw', folder]),
  };
}
