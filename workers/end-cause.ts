/** Why a process ended, as far as its worker can tell. */
import { constants } from 'node:os';
import type { WorkersCause } from '#src/pool/calls.js';
import type { ExitStatus } from './spawner.js';

export interface Circumstances {
  /** Its group was killed as the main thread asked. */
  readonly killed: boolean;
  /** The leader is bubblewrap, which ends with 128 + N when the command was ended by signal N. */
  readonly inSandbox: boolean;
}

const LAST_PLAIN_CODE = 128;

/** Undefined where it cannot be known. A process that ends by itself while it is being killed has exited. */
export function endCause(status: ExitStatus, { killed, inSandbox }: Circumstances): WorkersCause | undefined {
  if ('signal' in status) {
    const asked = killed && status.signal === constants.signals.SIGKILL;
    return asked ? { type: 'killed' } : { type: 'signaled', signal: signalName(status.signal) };
  }
  const isKnown = status.exitCode >= 0 && !(inSandbox && status.exitCode > LAST_PLAIN_CODE);
  return isKnown ? { type: 'exited' } : undefined;
}

/** Real-time signals have no names of their own. The first name of a number is the usual one. */
function signalName(signal: number): string {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [`SIG${signal}`];
  return name;
}
