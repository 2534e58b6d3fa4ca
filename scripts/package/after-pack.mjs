import { rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * electron-builder copies the Electron of node_modules as it lies there. Set-up's stand-in (scripts/setup/electron.mjs) has a loader where
 * the application comes; the release has its own in app.asar.
 */
export default function removeLoader({ appOutDir, electronPlatformName }) {
  if (electronPlatformName === 'darwin') return;
  for (const name of ['app', 'app-update.yml', 'default_app.asar'])
    rmSync(join(appOutDir, 'resources', name), { recursive: true, force: true });
}
