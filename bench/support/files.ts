import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { atExit } from './exit-hooks.js';

export interface BenchFile extends AsyncDisposable {
  readonly uri: string;
}

/** A file of random bytes, in the system's cache, as it has just been written. */
export async function benchFile(bytes: number): Promise<BenchFile> {
  const folder = await mkdtemp(join(tmpdir(), 'farhand-bench-'));
  const forgetExit = atExit(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  await writeFile(path, randomBytes(bytes));
  return {
    uri: pathToFileURL(path).href,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      forgetExit();
    },
  };
}
