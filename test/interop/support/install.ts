import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { alone } from './alone.js';
import type { Release } from './releases.js';

/** Why the real programs cannot run on this machine, or undefined when they can. */
export const whyUnsupported: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `the real programs are installed for linux-x64 only, this is ${process.platform}-${process.arch}`;

/** Folder of all installed releases, ignored by git. This file runs as build/test/interop/support/install.js. */
const CACHE = fileURLToPath(new URL('../../../../.cache/interop/', import.meta.url));

const PROGRAM = 'node_modules/codexbin/vendor/x86_64-unknown-linux-musl/bin/codex';

/**
 * The path of a release's program; installs it with npm where it is missing (about 300 MB unpacked).
 * Safe in parallel: one installs, the others wait; a release's folder appears only when it is complete.
 */
export async function installedProgram(release: Release): Promise<string> {
  const folder = join(CACHE, release);
  const program = join(folder, PROGRAM);
  if (existsSync(program)) return program;
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  await alone(`farhand-interop-${id}`, async () => {
    if (!existsSync(program)) await install(release, folder);
  });
  return program;
}

async function install(release: Release, folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await promisify(execFile)('npm', [
    'install',
    '--prefix',
    partial,
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `codexbin@npm:@openai/codex@${release}-linux-x64`,
  ]);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}
