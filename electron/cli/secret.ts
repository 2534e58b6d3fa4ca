import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CliContext } from './context';

/** A password or code: from the terminal without showing it, else the first line of standard input, so that a script can give it. Never an argument. */
export async function readSecret(
  question: string,
  { err, signal, passwordFromInput }: Pick<CliContext, 'err' | 'signal' | 'passwordFromInput'>,
): Promise<string> {
  const terminal = process.stdin.isTTY === true && passwordFromInput !== true;
  if (terminal) err.write(`${question}: `);
  const silent = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const reader = createInterface({ input: process.stdin, output: silent, terminal });
  try {
    return terminal ? await reader.question('', { signal }) : await firstLine(reader);
  } finally {
    reader.close();
    if (terminal) err.write('\n');
  }
}

async function firstLine(reader: AsyncIterable<string>): Promise<string> {
  for await (const line of reader) return line;
  return '';
}
