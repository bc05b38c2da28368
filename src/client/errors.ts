/**
 * Every error the client throws is a `FarhandError` with a stable `code`; decide by `code` (or class), never by text.
 *
 * | class            | whose fault                      | codes |
 * | ---------------- | -------------------------------- | ----- |
 * | `RefusedError`   | the executor said no             | `REFUSED`, with its JSON-RPC code in `rpcCode` |
 * | `LimitError`     | a limit of the executor is reached; a `RefusedError` | `LIMIT_REACHED`, with the name of the limit in `limit` |
 * | `FileError`      | the executor said no to a file operation; a `RefusedError` | `NOT_FOUND`, `INVALID_REQUEST`, `UNSUPPORTED`, `INVALID_PARAMS`, `FAILED` |
 * | `TransportError` | the way to the executor          | `CONNECT_FAILED`, `DISCONNECTED`, `SESSION_LOST`, `BAD_ANSWER` |
 * | `StoppedError`   | time, or the caller's own signal | `TIMED_OUT`, `ABORTED` |
 * | `ProcessError`   | the process, or its supervision  | `PROCESS_FAILED`, `OUTPUT_LOST`, `OUTPUT_TOO_LARGE`, `STDIN_CLOSED` |
 * | `MisuseError`    | the calling program              | `BAD_ARGUMENT`, `FILE_TOO_LARGE`, `CLIENT_CLOSED`, `TOO_MANY_CALLS`, `TOO_MANY_WRITES`, `DUPLICATE_PROCESS_ID` |
 */
import { INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, NOT_FOUND } from '../protocol/errors.js';
import { isJsonObject, type JsonValue } from '../protocol/json-value.js';
import { LimitedDialError } from '../transport/dial-error.js';

export abstract class FarhandError extends Error {
  abstract readonly code: string;
}

/** The executor answered a request with an error. */
export class RefusedError extends FarhandError {
  override readonly name: string = 'RefusedError';
  readonly code: 'REFUSED' | 'LIMIT_REACHED' | FileErrorCode = 'REFUSED';
  constructor(
    /** The JSON-RPC code of the answer, such as -32603. */
    readonly rpcCode: number,
    /** The text of the answer, as it came. */
    readonly rpcMessage: string,
    message = `exec-server rejected request (${rpcCode}): ${rpcMessage}`,
    /** Which limit of the executor was reached, where it says so: see `LimitError`. */
    readonly limit?: string | undefined,
  ) {
    super(message);
  }
}

/**
 * There are as many sessions, processes or starts as the executor bears; nothing of what was asked for has happened.
 *
 * ```ts
 * await client.run(['make']).catch((error) => {
 *   if (error instanceof LimitError && error.limit === 'max-session-processes') return 'later';
 *   throw error;
 * });
 * ```
 */
export class LimitError extends RefusedError {
  override readonly name = 'LimitError';
  override readonly code = 'LIMIT_REACHED';
  /** The name of the executor's flag without its dashes, such as `max-sessions`. */
  override readonly limit: string;

  constructor(rpcCode: number, rpcMessage: string, limit: string) {
    super(rpcCode, rpcMessage, undefined, limit);
    this.limit = limit;
  }
}

/** The answer as an error. `data`: what it has besides its text; an executor of ours names a limit there. */
export function refusal(code: number, message: string, data: JsonValue | undefined): RefusedError {
  const limit = isJsonObject(data) ? data.limit : undefined;
  return typeof limit === 'string' ? new LimitError(code, message, limit) : new RefusedError(code, message);
}

/**
 * What the JSON-RPC code of a refused file operation says:
 * - `NOT_FOUND` (-32004): there is no such file or directory; also a link that leads nowhere.
 * - `INVALID_REQUEST` (-32600): it may not be done (permission), cannot be done with this (no regular file), or is beyond a limit.
 * - `UNSUPPORTED` (-32601): this executor does not know the operation.
 * - `INVALID_PARAMS` (-32602): the path or an option is not one.
 * - `FAILED` (-32603, and any other code): everything else, such as a full disk or a directory that is not empty.
 */
export type FileErrorCode = 'NOT_FOUND' | 'INVALID_REQUEST' | 'UNSUPPORTED' | 'INVALID_PARAMS' | 'FAILED';

const FILE_ERROR_CODES: ReadonlyMap<number, FileErrorCode> = new Map([
  [NOT_FOUND, 'NOT_FOUND'],
  [INVALID_REQUEST, 'INVALID_REQUEST'],
  [METHOD_NOT_FOUND, 'UNSUPPORTED'],
  [INVALID_PARAMS, 'INVALID_PARAMS'],
  [INTERNAL_ERROR, 'FAILED'],
]);

/** What was to be done with which file. */
export interface FileSubject {
  /** What was to be done, as the protocol calls it, such as `fs/readFile`. */
  readonly method: string;
  /** The file, as it was named by the caller. Of a copy: its source. */
  readonly path: string;
  /** Where a copy was to go. */
  readonly destination?: string | undefined;
}

/**
 * The executor could not do something with a file.
 *
 * ```ts
 * const note = await client.files.readTextFile('/tmp/farhand-example/none.txt').catch((error) => {
 *   if (error instanceof FileError && error.code === 'NOT_FOUND') return 'no note';
 *   throw error;
 * });
 * console.log(note); // no note
 * ```
 */
export class FileError extends RefusedError implements FileSubject {
  override readonly name = 'FileError';
  override readonly code: FileErrorCode;
  readonly method: string;
  readonly path: string;
  readonly destination: string | undefined;
  /**
   * The error number of the executor's operating system, where its text ends in one: a hint for people, such as 13 (on
   * Linux: permission denied). Texts and numbers differ between executors, so decide by `code`.
   */
  readonly errno: number | undefined;

  constructor({ rpcCode, rpcMessage, limit }: RefusedError, { method, path, destination }: FileSubject) {
    const way = destination === undefined ? path : `${path} to ${destination}`;
    super(rpcCode, rpcMessage, `${method} of ${way} was refused (${rpcCode}): ${rpcMessage}`, limit);
    this.code = FILE_ERROR_CODES.get(rpcCode) ?? 'FAILED';
    this.method = method;
    this.path = path;
    this.destination = destination;
    const [, errno] = /\(os error (\d+)\)$/.exec(rpcMessage) ?? [];
    this.errno = errno === undefined ? undefined : Number(errno);
  }
}

export class TransportError extends FarhandError {
  override readonly name = 'TransportError';
  /** Of `CONNECT_FAILED`, where the executor has no room for another connection: `max-connections`. */
  readonly limit: string | undefined;
  constructor(
    readonly code: 'CONNECT_FAILED' | 'DISCONNECTED' | 'SESSION_LOST' | 'BAD_ANSWER',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.limit = options?.cause instanceof LimitedDialError ? options.cause.limit : undefined;
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
    readonly code:
      | 'BAD_ARGUMENT'
      | 'FILE_TOO_LARGE'
      | 'CLIENT_CLOSED'
      | 'TOO_MANY_CALLS'
      | 'TOO_MANY_WRITES'
      | 'DUPLICATE_PROCESS_ID',
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
export const fileTooLarge = (path: string, limit: number) =>
  new MisuseError(
    'FILE_TOO_LARGE',
    `${path}: this executor takes a file of at most ${limit} bytes, since it takes it in one message`,
  );
export const clientClosed = () => new MisuseError('CLIENT_CLOSED', 'the client is closed');
export const tooManyCalls = (limit: number) =>
  new MisuseError('TOO_MANY_CALLS', `exec-server has reached its limit of ${limit} pending requests`);
export const tooManyWrites = (limit: number) =>
  new MisuseError('TOO_MANY_WRITES', `${limit} writes already wait for this process; await them`);
export const duplicateProcessId = (processId: string) =>
  new MisuseError('DUPLICATE_PROCESS_ID', `process id ${processId} is already in use by this client`);
