import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A graphics driver that crashes takes the window down again and again. One crash of the GPU process leaves a mark, and the
 * next start draws without the GPU until someone takes the mark away (menu: "Use the graphics card again").
 */
export class SafeModeMark {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  isSet(): boolean {
    return existsSync(this.#file);
  }

  set(): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      writeFileSync(this.#file, '');
    } catch {
      // A read-only profile cannot remember it; `--safe-mode` is still there.
    }
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
