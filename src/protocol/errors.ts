/**
 * Errors that travel on the wire: a code and a text, each text written once.
 * A model reads the texts, so they are those of release 0.169.0.
 */

export const PARSE_ERROR_ID = -1;

export const TRANSPORT_CLOSED = -32000;
export const NOT_FOUND = -32004;
export const SESSION_ATTACHED = -32010;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

/** A limit that its operator can set, by the name of its flag without the dashes. */
export type LimitName =
  | 'max-connections'
  | 'max-sessions'
  | 'max-session-processes'
  | 'max-processes'
  | 'max-starts-per-second'
  | 'max-retained-bytes'
  | 'max-outbound-bytes'
  | 'max-reply-bytes'
  | 'max-process-seconds'
  | 'idle-session-seconds';

/**
 * An answer that is an error. `cause` stays here and is never sent. `limit`: which limit was reached; it travels as
 * `data: {"limit": "max-sessions"}`, a member that 0.169.0 has and leaves unused.
 */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly limit: LimitName | undefined;
  constructor(
    readonly code: number,
    message: string,
    { limit, ...options }: ErrorOptions & { readonly limit?: LimitName } = {},
  ) {
    super(message, options);
    this.limit = limit;
  }
}

export const invalidRequest = (message: string) => new RpcError(INVALID_REQUEST, message);
export const invalidParams = (message: string) => new RpcError(INVALID_PARAMS, message);
export const internalError = (message: string, cause?: unknown) => new RpcError(INTERNAL_ERROR, message, { cause });

export const methodNotFound = (method: string) =>
  new RpcError(METHOD_NOT_FOUND, `exec-server stub does not implement \`${method}\` yet`);
export const mustInitialize = (family: string) =>
  invalidRequest(`client must call initialize before using ${family} methods`);
export const mustSendInitialized = (family: string) =>
  invalidRequest(`client must send initialized before using ${family} methods`);
export const initializeOnce = () => invalidRequest('initialize may only be sent once per connection');
export const unknownSession = (id: string) => invalidRequest(`unknown session id ${id}`);
export const sessionAttached = (id: string) =>
  new RpcError(SESSION_ATTACHED, `session ${id} is already attached to another connection`);
export const sessionTakenOver = () => invalidRequest('session has been resumed by another connection');
export const shuttingDown = () => internalError('this executor is shutting down');
export const startsNoMore = () => internalError('this executor is shutting down: it starts no more processes');
export const beginsNoSession = () =>
  internalError('this executor is shutting down: sessions can be resumed, not begun');
export const replyTooLarge = (limit: number) =>
  new RpcError(INVALID_REQUEST, `reply is too large: limit is ${limit} bytes`, { limit: 'max-reply-bytes' });

const limitReached = (limit: LimitName, problem: string, value: number) =>
  new RpcError(INVALID_REQUEST, `${problem} (--${limit} ${value})`, { limit });
export const tooManyConnections = (limit: number) =>
  limitReached('max-connections', 'too many connections to this executor', limit);
export const tooManySessions = (limit: number) =>
  limitReached('max-sessions', 'too many sessions on this executor', limit);
export const tooManySessionProcesses = (limit: number) =>
  limitReached('max-session-processes', 'too many processes in this session', limit);
export const tooManyProcesses = (limit: number) =>
  limitReached('max-processes', 'too many processes on this executor', limit);
export const tooManyStarts = (limit: number) =>
  limitReached('max-starts-per-second', 'too many starts in this session', limit);
export const tooMuchRetained = (limit: number) =>
  limitReached('max-retained-bytes', 'too much output of ended processes is kept on this executor', limit);

export const unknownProcess = (id: string) => invalidRequest(`unknown process id ${id}`);
export const processExists = (id: string) => invalidRequest(`process ${id} already exists`);
export const startCancelled = (id: string) => invalidRequest(`process ${id} start was cancelled`);
export const argvEmpty = () => invalidParams('argv must not be empty');
export const writeIdEmpty = () => invalidParams('writeId must not be empty');
export const stdinFull = () => internalError('failed to write to process stdin: too much input waits for it already');
export const stdinGone = (cause?: unknown) => internalError('failed to write to process stdin', cause);

export const notFound = (message: string) => new RpcError(NOT_FOUND, message);
export const notAFile = (path: string) => invalidRequest(`path \`${path}\` is not a file`);
/** The same where no link is followed. */
export const notARegularFile = () => invalidRequest('path is not a regular file');
export const fileTooLarge = (limit: number) => invalidRequest(`file is too large to read: limit is ${limit} bytes`);
export const containsLink = () => invalidRequest('path contains a symbolic link');
export const recursiveNoFollow = () => internalError('recursive no-follow removal is unsupported');
export const writeFileNeedsBase64 = (fault: string) =>
  invalidRequest(`fs/writeFile requires valid base64 dataBase64: ${fault}`);

export const tooManyEntries = (count: number, limit: number) =>
  internalError(`fs/readDirectory returned ${count} entries; limit is ${limit}`);
export const walkLimitIsZero = () => invalidRequest('filesystem walk limits must be greater than zero');
export const walkLimitTooHigh = (depth: number, directories: number, entries: number) =>
  invalidRequest(
    `filesystem walk limits exceed maximums: depth=${depth}, directories=${directories}, entries=${entries}`,
  );
export const copyNeedsRecursive = () =>
  invalidRequest('fs/copy requires recursive: true when sourcePath is a directory');
export const copyIntoItself = () =>
  invalidRequest('fs/copy cannot copy a directory to itself or one of its descendants');
export const copyUnsupported = () => invalidRequest('fs/copy only supports regular files, directories, and symlinks');

export const fileHandleIdTooLong = (limit: number) => invalidRequest(`file handle ID must not exceed ${limit} bytes`);
export const fileHandleExists = (id: string) => invalidRequest(`file handle \`${id}\` already exists`);
export const fileHandlesExhausted = (limit: number) =>
  invalidRequest(`at most ${limit} file handles may be open per connection`);
export const unknownFileHandle = (id: string) => notFound(`unknown file handle \`${id}\``);
export const readBlockLengthOutOfRange = (limit: number) =>
  invalidRequest(`file read block length must be between 1 and ${limit}`);
export const writeBlockLengthOutOfRange = (limit: number) =>
  invalidRequest(`file write block length must be between 1 and ${limit}`);
export const writeRangeTooFar = () => invalidRequest('file write range exceeds the signed 64-bit file offset limit');
