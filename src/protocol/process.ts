/** process/*: what a client asks, what a server answers, and the events of a process. Source: 0.169.0. */
import * as v from 'valibot';
import {
  amount,
  base64,
  boolean,
  defaulted,
  fileUri,
  i32,
  list,
  mapOf,
  nullable,
  oneOf,
  processId,
  seq,
  string,
  uuid,
  writeId,
} from './fields.js';
import { managedNetwork, networkProxy } from './network.js';
import { endCause, resourceUsage } from './process-end.js';
import { sandboxContext } from './sandbox.js';
import { extendedStruct, struct } from './struct.js';

// ---- process/start ---------------------------------------------------------------------------------

/** How the environment of a child is made from the server's own. Patterns are whole names with `*` and `?`, case ignored. */
export const envPolicy = struct('ExecEnvPolicy', {
  inherit: oneOf('core', 'all', 'none'),
  ignoreDefaultExcludes: boolean,
  exclude: list(string),
  set: mapOf(string),
  includeOnly: list(string),
});
export type EnvPolicy = v.InferOutput<typeof envPolicy>;

/** Who asked for the process; becomes CODEX_THREAD_ID (lower case, with hyphens) and CODEX_TOOL_CALL_ID. */
export const execMetadata = struct('ExecMetadata', {
  threadId: defaulted(nullable(uuid), null),
  toolCallId: defaulted(nullable(string), null),
});
export type ExecMetadata = v.InferOutput<typeof execMetadata>;

export const shellInfo = struct('ShellInfo', { name: string, path: string });
export type ShellInfo = v.InferOutput<typeof shellInfo>;

export const shellSnapshot = struct('ShellSnapshotRequest', { scopeId: string, shell: shellInfo });

export const startParams = struct('WireExecParams', {
  processId,
  metadata: nullable(execMetadata),
  argv: list(string),
  cwd: fileUri,
  envPolicy: nullable(envPolicy),
  shellSnapshot: nullable(shellSnapshot),
  env: mapOf(string),
  tty: boolean,
  pipeStdin: defaulted(boolean, false),
  arg0: nullable(string),
  sandbox: nullable(sandboxContext),
  enforceManagedNetwork: defaulted(boolean, false),
  managedNetwork: nullable(managedNetwork),
  networkProxy: nullable(networkProxy),
});
export type StartParams = v.InferOutput<typeof startParams>;

const sandboxType = oneOf('none', 'linuxSeccomp', 'macosSeatbelt', 'windowsRestrictedToken');
export type SandboxType = v.InferOutput<typeof sandboxType>;

/** `sandboxType` null: an older server, or a kind not known here. */
export const startResult = struct('ExecResponse', { processId, sandboxType: v.fallback(nullable(sandboxType), null) });
export type StartResult = v.InferOutput<typeof startResult>;

// ---- process/read ------------------------------------------------------------------------------------

/** Null `afterSeq` and `waitMs` mean 0, null `maxBytes` no limit. */
export const readParams = struct('ReadParams', {
  processId,
  afterSeq: nullable(amount),
  maxBytes: nullable(amount),
  waitMs: nullable(amount),
});
export type ReadParams = v.InferOutput<typeof readParams>;

const stream = oneOf('stdout', 'stderr', 'pty');
export type OutputStream = v.InferOutput<typeof stream>;

const outputChunk = struct('ProcessOutputChunk', { seq, stream, chunk: base64 });
export type OutputChunk = v.InferOutput<typeof outputChunk>;

/**
 * `nextSeq` is the first number not covered by this answer. `sandboxDenied` null: an older server that does not tell.
 * Ours: `lostBytes`, the output of this process that is retained no longer, exact up to 2^53, whoever has got it meanwhile;
 * the rest as in process/exited.
 */
export const readResult = extendedStruct(
  struct('ReadResponse', {
    chunks: list(outputChunk),
    nextSeq: seq,
    exited: boolean,
    exitCode: nullable(i32),
    closed: defaulted(boolean, false),
    failure: nullable(string),
    sandboxDenied: nullable(boolean),
  }),
  { lostBytes: amount, cause: endCause, usage: resourceUsage },
);
export type ReadResult = v.InferOutput<typeof readResult>;

// ---- process/write, process/signal, process/terminate --------------------------------------------------

export const writeParams = struct('WriteParams', { processId, chunk: base64, writeId });
export type WriteParams = v.InferOutput<typeof writeParams>;

const writeStatus = oneOf('accepted', 'unknownProcess', 'starting', 'stdinClosed');
export type WriteStatus = v.InferOutput<typeof writeStatus>;

export const writeResult = struct('WriteResponse', { status: writeStatus });
export type WriteResult = v.InferOutput<typeof writeResult>;

export const signalParams = struct('SignalParams', { processId, signal: oneOf('interrupt') });
export type SignalParams = v.InferOutput<typeof signalParams>;

export const terminateParams = struct('TerminateParams', { processId });
export type TerminateParams = v.InferOutput<typeof terminateParams>;

export const terminateResult = struct('TerminateResponse', { running: boolean });
export type TerminateResult = v.InferOutput<typeof terminateResult>;

// ---- events --------------------------------------------------------------------------------------------

/** Numbers of output, exited and closed are one sequence per process: 1, 2, 3, ...; closed has the last. */
export const outputEvent = struct('ProcessOutputNotification', { processId, seq, stream, chunk: base64 });
export type OutputEvent = v.InferOutput<typeof outputEvent>;

/** `sandboxDenied` null: an older server, which must be asked. `cause` and `usage` are ours, see process-end.ts. */
export const exitedEvent = extendedStruct(
  struct('ProcessExitedNotification', { processId, seq, exitCode: i32, sandboxDenied: nullable(boolean) }),
  { cause: endCause, usage: resourceUsage },
);
export type ExitedEvent = v.InferOutput<typeof exitedEvent>;

export const closedEvent = struct('ProcessClosedNotification', { processId, seq });
export type ClosedEvent = v.InferOutput<typeof closedEvent>;
