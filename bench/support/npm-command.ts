/** The rival as people have it: the command that npm installs, which finds the program and starts it. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { alone } from '#test/interop/support/alone.js';
import { installedProgram } from '#test/interop/support/install.js';
import { CURRENT_RELEASE } from '#test/interop/support/releases.js';
import type { ExecutorProgram } from './programs.js';

/** Ignored by git. This file runs as build/bench/support/npm-command.js. */
const CACHE = fileURLToPath(new URL('../../../.cache/bench/', import.meta.url));
const COMMAND = 'node_modules/@openai/codex/bin/codex.js';
/** Where the command looks for the program, which npm would install a second time. */
const PROGRAM_PACKAGE = 'node_modules/@openai/codex-linux-x64';

/** Installs the command where it is missing (a few KB beside the program). Errors: no npm, no registry. */
export async function findNpmCommand(): Promise<ExecutorProgram> {
  const folder = join(CACHE, CURRENT_RELEASE);
  if (!existsSync(folder)) {
    await alone('farhand-bench-npm-command', async () => {
      if (!existsSync(folder)) await install(folder);
    });
  }
  return { label: 'its npm command', path: process.execPath, args: [join(folder, COMMAND), 'exec-server'] };
}

async function install(folder: string): Promise<void> {
  const program = await installedProgram(CURRENT_RELEASE);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const how = ['--omit=optional', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', '--prefix', partial, ...how, `@openai/codex@${CURRENT_RELEASE}`]);
  // PACKAGE/vendor/TRIPLE/bin/codex
  const packageFolder = dirname(dirname(dirname(dirname(program))));
  await symlink(packageFolder, join(partial, PROGRAM_PACKAGE));
  await rename(partial, folder);
}
