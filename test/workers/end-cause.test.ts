import test from 'ava';
import type { WorkersCause } from '#src/pool/calls.js';
import { type Circumstances, endCause } from '#workers/end-cause.js';
import type { ExitStatus } from '#workers/spawner.js';

const ALONE: Circumstances = { killed: false, inSandbox: false };
const KILLED: Circumstances = { ...ALONE, killed: true };
const SANDBOXED: Circumstances = { ...ALONE, inSandbox: true };

const truth: [what: string, status: ExitStatus, circumstances: Circumstances, cause: WorkersCause | undefined][] = [
  ['an exit', { exitCode: 3 }, ALONE, { type: 'exited' }],
  ['an exit with a code that looks like a signal', { exitCode: 137 }, ALONE, { type: 'exited' }],
  ['an exit that came before the kill', { exitCode: 0 }, KILLED, { type: 'exited' }],
  ['a signal of others', { signal: 15 }, ALONE, { type: 'signaled', signal: 'SIGTERM' }],
  ['a kill of others', { signal: 9 }, ALONE, { type: 'signaled', signal: 'SIGKILL' }],
  ['a signal with two names', { signal: 6 }, ALONE, { type: 'signaled', signal: 'SIGABRT' }],
  ['a signal without a name', { signal: 40 }, ALONE, { type: 'signaled', signal: 'SIG40' }],
  ['a kill as asked', { signal: 9 }, KILLED, { type: 'killed' }],
  ['another signal that came before the kill', { signal: 11 }, KILLED, { type: 'signaled', signal: 'SIGSEGV' }],
  ['an exit in a sandbox', { exitCode: 128 }, SANDBOXED, { type: 'exited' }],
  ['in a sandbox, what may be a signal or not', { exitCode: 129 }, SANDBOXED, undefined],
  ['a kill of a sandbox as asked', { signal: 9 }, { killed: true, inSandbox: true }, { type: 'killed' }],
  ['an end that could not be waited for', { exitCode: -1 }, ALONE, undefined],
];

for (const [what, status, circumstances, cause] of truth) {
  test(`the cause of ${what}`, (t) => t.deepEqual(endCause(status, circumstances), cause));
}
