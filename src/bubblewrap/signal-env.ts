import { isSuccess, runProgram } from './run-program.js';

/** Path of the `env` of coreutils 8.31 or later, which can set what signals do; undefined where there is none. */
export async function findSignalEnv(signal: AbortSignal): Promise<string | undefined> {
  for (const path of ['/usr/bin/env', '/bin/env']) {
    const both = ['--ignore-signal=INT,QUIT,TSTP', path, '--default-signal=INT,QUIT,TSTP', path];
    if (isSuccess(await runProgram([path, ...both], { signal }))) return path;
  }
  return undefined;
}
