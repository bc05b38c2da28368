/**
 * What we tell about the end of a process beyond what 0.169.0 does. An executor sends these members only on connections whose
 * `initialize` has PROCESS_END among its `extensions`; for everybody else the messages are those of 0.169.0, member for member.
 *
 *   process/exited   ..., cause, usage                  each left out where it is not known
 *   process/read     ..., lostBytes, cause, usage       the last two once the process has exited
 *
 *   {"method":"process/exited","params":{"processId":"p","seq":7,"exitCode":137,"sandboxDenied":false,
 *     "cause":{"type":"signaled","signal":"SIGKILL"},
 *     "usage":{"userMs":812.004,"systemMs":31.5,"peakRssBytes":268435456,"wallMs":1204.118}}}
 */
import type * as v from 'valibot';
import { milliseconds, oneOf, size, string } from './fields.js';
import { extendedStruct, namedStruct } from './struct.js';
import { tagged } from './tagged.js';

/** Name of this extension in `initialize`. */
export const PROCESS_END = 'processEnd';

/**
 * Why a process ended.
 *
 *   exited       by itself, with the exit code
 *   signaled     by a signal that this executor did not send; the name as in signal(7), `SIG` and a number for those without
 *   terminated   killed by this executor: on `request` (process/terminate), or at the end of its session (`sessionEnd`)
 *   deadline     killed since it ran for longer than this executor lets a process run (`--max-process-seconds`)
 *   shutdown     killed because the executor ended
 *   workerLost   killed because the thread that supervised it died; its exit code is -1
 *
 * A process that ends by itself while it is being killed has exited. Left out where the system does not tell: in a sandbox an
 * exit code above 128 can be a signal or not.
 */
export const endCause = tagged('ProcessEndCause', 'type', {
  exited: namedStruct('Exited', {}),
  signaled: namedStruct('Signaled', { signal: string }),
  terminated: namedStruct('Terminated', { by: oneOf('request', 'sessionEnd') }),
  deadline: namedStruct('Deadline', {}),
  shutdown: namedStruct('Shutdown', {}),
  workerLost: namedStruct('WorkerLost', {}),
});
export type EndCause = v.InferOutput<typeof endCause>;

/**
 * What a process has used, with all its descendants that ended and were waited for. Each member is left out where it is not known.
 *
 *   userMs, systemMs   processor time in programs and in the system for them, milliseconds
 *   peakRssBytes       the most memory that any one of these processes had resident at one time, bytes
 *   wallMs             from the start to the end, milliseconds
 */
export const resourceUsage = extendedStruct(namedStruct('ProcessResourceUsage', {}), {
  userMs: milliseconds,
  systemMs: milliseconds,
  peakRssBytes: size,
  wallMs: milliseconds,
});
export type ResourceUsage = v.InferOutput<typeof resourceUsage>;

/** What is known of an end. */
export interface ProcessEnd {
  readonly cause: EndCause | undefined;
  readonly usage: ResourceUsage | undefined;
}
