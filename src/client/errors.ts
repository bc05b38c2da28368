/**
 * Every error the client throws is a `FarhandError` with a stable `code`; decide by `code` (or class), never by text.
 *
 * | class            | whose fault                      | codes |
 * | ---------------- | -------------------------------- | ----- |
 * | `RefusedError`   | the executor said no             | `REFUSED`, with its JSON-RPC code in `rpcCode` |
 * | `TransportError` | the way to the executor          | `CONNECT_FAILED`, `DISCONNECTED`, `SESSION_LOST`, `BAD_ANSWER` |
 * | `StoppedError`   | time, or the caller's own signal | `TIMED_OUT`, `ABORTED` |
 * | `ProcessError`   | the process, or its supervision  | `PROCESS_FAILED`, `OUTPUT_LOST`, `OUTPUT_TOO_LARGE`, `STDIN_CLOSED` |
 * | `MisuseError`    | the calling program              | `BAD_ARGUMENT`, `CLIENT_CLOSED`, `TOO_MANY_CALLS`, `TOO_MANY_WRITES`, `DUPLICATE_PROCESS_ID` |
 */
export abstract class FarhandError extends Error {
  abstract readonly code: string;
}

/** The executor answered a request with an error. */
export class RefusedError extends FarhandError {
  override readonly name = 'RefusedError';
  readonly code = 'REFUSED';
  constructor(
    /** The JSON-RPC code of the answer, such as -32603. */
    readonly rpcCode: number,
    /** The text of the answer, as it came. */
    readonly rpcMessage: string,
  ) {
    super(`exec-server rejected request (${rpcCode}): ${rpcMessage}`);
  }
}

export class TransportError extends FarhandError {
  override readonly name = 'TransportError';
  constructor(
    readonly code: 'CONNECT_FAILED' | 'DISCONNECTED' | 'SESSION_LOST' | 'BAD_ANSWER',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class StoppedError extends FarhandError {
  /** `AbortError` and `TimeoutError`, as the web platform calls them. */
  override readonly name: string;
  constructor(
    readonly code: 'TIMED_OUT' | 'ABORTED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = code === 'ABORTED' ? 'AbortError' : 'TimeoutError';
  }
}

export class ProcessError extends FarhandError {
  override readonly name = 'ProcessError';
  constructor(
    readonly code: 'PROCESS_FAILED' | 'OUTPUT_LOST' | 'OUTPUT_TOO_LARGE' | 'STDIN_CLOSED',
    message: string,
  ) {
    super(message);
  }
}

export class MisuseError extends FarhandError {
  override readonly name = 'MisuseError';
  constructor(
    readonly code: 'BAD_ARGUMENT' | 'CLIENT_CLOSED' | 'TOO_MANY_CALLS' | 'TOO_MANY_WRITES' | 'DUPLICATE_PROCESS_ID',
    message: string,
  ) {
    super(message);
  }
}

export const connectFailed = (target: string, reason: string, cause?: unknown) =>
  new TransportError('CONNECT_FAILED', `cannot connect to ${target}: ${reason}`, { cause });
export const disconnected = (reason: string) =>
  new TransportError('DISCONNECTED', `exec-server transport disconnected${reason === '' ? '' : `: ${reason}`}`);
export const sessionLost = (message: string) => new TransportError('SESSION_LOST', message);

export const badAnswer = (method: string, cause: unknown) =>
  new TransportError('BAD_ANSWER', `the executor's answer to ${method} cannot be understood`, { cause });

export const timedOut = (what: string, ms: number) => new StoppedError('TIMED_OUT', `${what} timed out after ${ms} ms`);
export const aborted = (what: string, signal: AbortSignal) =>
  new StoppedError('ABORTED', `${what} was aborted`, { cause: signal.reason });

export const processFailed = (message: string) => new ProcessError('PROCESS_FAILED', message);
export const outputLost = (chunks: number) =>
  new ProcessError('OUTPUT_LOST', `${chunks} chunks of output left the executor's window before they were read`);
export const outputTooLarge = (limit: number) =>
  new ProcessError('OUTPUT_TOO_LARGE', `the output exceeds maxOutputBytes (${limit})`);
export const stdinClosed = (status: string) =>
  new ProcessError('STDIN_CLOSED', `the process takes no input (${status})`);

export const badArgument = (field: string, problem: string) => new MisuseError('BAD_ARGUMENT', `${field}: ${problem}`);
export const clientClosed = () => new MisuseError('CLIENT_CLOSED', 'the client is closed');
export const tooManyCalls = (limit: number) =>
  new MisuseError('TOO_MANY_CALLS', `exec-server has reached its limit of ${limit} pending requests`);
export const tooManyWrites = (limit: number) =>
  new MisuseError('TOO_MANY_WRITES', `${limit} writes already wait for this process; await them`);
export const duplicateProcessId = (processId: string) =>
  new MisuseError('DUPLICATE_PROCESS_ID', `process id ${processId} is already in use by this client`);
