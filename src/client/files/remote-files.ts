import { METHOD_NOT_FOUND } from '../../protocol/errors.js';
import { WALK_DEPTH, WALK_DIRECTORIES, WALK_ENTRIES, WHOLE_FILE_WRITE_BYTES } from '../../protocol/limits.js';
import type { MethodParams, MethodResults } from '../../protocol/methods.js';
import { FileError, fileTooLarge, TransportError } from '../errors.js';
import type { Link } from '../link.js';
import { fileUri, type RemotePath } from '../remote-path.js';
import type { Session, SessionCallOptions } from '../session.js';
import { requireTexts } from '../wire-text.js';
import { encodeBase64, toBytes } from './bytes.js';
import { type FileMethod, type FileNames, fileCall } from './file-call.js';
import { type FileHandle, openHandle } from './file-handle.js';
import { FileReadStream } from './file-read-stream.js';
import { FileWriteStream } from './file-write-stream.js';
import {
  byteRange,
  type CopyOptions,
  type CreateDirectoryOptions,
  type FileOptions,
  type OpenReadOptions,
  type RemoveOptions,
  readahead,
  requireWhole,
  type SymlinkOptions,
  type WalkOptions,
} from './options.js';
import { ReadAhead } from './read-ahead.js';
import { CollectedFile, WholeFile } from './whole-file.js';
import { WriteBehind } from './write-behind.js';

/** Times are milliseconds since 1970, 0 where the executor does not know. All but `isSymlink` describe what a link leads to. */
export type FileMetadata = MethodResults['fs/getMetadata'];
/** An entry of a directory; of a link, what it leads to. */
export type DirectoryEntry = MethodResults['fs/readDirectory']['entries'][number];
/** Everything found below a directory, with URIs as paths; what could not be looked at; whether a limit cut it short. */
export type WalkResult = MethodResults['fs/walk'];

/**
 * The files of the executor.
 *
 * A path is an absolute POSIX path, or a `file:` URI, which is passed on unchanged (so it may be a Windows one); see
 * `fileUri` and `uriPath`. Links are followed where nothing else is said.
 *
 * Errors of all operations: `FileError` when the executor says no, by code; `BAD_ARGUMENT`; `ABORTED`; those of
 * `Client.call`. What only looks (`getMetadata`, `canonicalize`, `readDirectory`, `walk`, `readFile`) is asked again
 * when the connection was lost on the way; what changes something is not, and may have happened.
 *
 * ```ts
 * const { files } = client;
 * await files.createDirectory('/tmp/farhand-example/deep');
 * await files.writeFile('/tmp/farhand-example/deep/note.txt', 'far hand');
 * console.log(await files.readTextFile('/tmp/farhand-example/deep/note.txt')); // far hand
 * await files.remove('/tmp/farhand-example', { recursive: true });
 * ```
 */
export class RemoteFiles {
  readonly #session: Session;
  #lastHandle = 0;

  /** Made by `Client`. */
  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * A whole file. What is too large for one answer is read in blocks.
   *
   * ```ts
   * const bytes = await client.files.readFile('/etc/passwd');
   * ```
   */
  async readFile(path: RemotePath, options: SymlinkOptions = {}): Promise<Uint8Array> {
    try {
      return await this.#readWhole(path, options);
    } catch (error) {
      // No open of the protocol can be told not to follow links.
      if (options.followSymlinks === false || !mayBeTooLarge(error)) throw error;
      return await this.#readInBlocks(path, options, error);
    }
  }

  /**
   * A whole file as text. Bytes that are not UTF-8 become U+FFFD, so what is to be written back is better read with `readFile`.
   *
   * ```ts
   * const [first] = (await client.files.readTextFile('/etc/passwd')).split('\n');
   * ```
   */
  async readTextFile(path: RemotePath, options: SymlinkOptions = {}): Promise<string> {
    const { buffer, byteOffset, byteLength } = await this.readFile(path, options);
    return Buffer.from(buffer, byteOffset, byteLength).toString();
  }

  /**
   * Makes a file, or replaces what is in it; text as UTF-8. More than 47 MiB, which is what one message holds, goes in blocks.
   * Errors: `FILE_TOO_LARGE` for more than that where the executor takes no blocks, or with `followSymlinks: false`.
   *
   * ```ts
   * await client.files.writeFile('/tmp/farhand-example.txt', 'far hand\n');
   * ```
   */
  async writeFile(path: RemotePath, data: Uint8Array | string, options: SymlinkOptions = {}): Promise<void> {
    const bytes = toBytes('data', data);
    if (bytes.length <= WHOLE_FILE_WRITE_BYTES) return await this.#writeWhole(path, bytes, options);
    if (options.followSymlinks === false) throw fileTooLarge(String(path), WHOLE_FILE_WRITE_BYTES);
    const writer = (await this.openWrite(path, options)).getWriter();
    await writer.write(bytes);
    await writer.close();
  }

  /**
   * Makes a directory, and its missing parents; one that is there already is a success. See `recursive`.
   *
   * ```ts
   * await client.files.createDirectory('/tmp/farhand-example/deep');
   * ```
   */
  async createDirectory(path: RemotePath, options: CreateDirectoryOptions = {}): Promise<void> {
    const { recursive = true } = options;
    await this.#change('fs/createDirectory', { ...common(path, options), recursive }, { path: String(path) }, options);
  }

  /**
   * What a path leads to. Errors: `NOT_FOUND`.
   *
   * ```ts
   * const { isDirectory } = await client.files.getMetadata('/tmp');
   * ```
   */
  async getMetadata(path: RemotePath, options: SymlinkOptions = {}): Promise<FileMetadata> {
    return await this.#look('fs/getMetadata', common(path, options), path, options);
  }

  /**
   * The path without links and dots, as a `file:` URI.
   *
   * ```ts
   * uriPath(await client.files.canonicalize('/proc/self/cwd')); // where the executor runs
   * ```
   */
  async canonicalize(path: RemotePath, options: FileOptions = {}): Promise<string> {
    const { path: uri } = await this.#look('fs/canonicalize', common(path, options), path, options);
    return uri;
  }

  /**
   * The entries of a directory, in no order. Links that lead nowhere are not among them. At most 50,000.
   *
   * ```ts
   * for (const { fileName, isDirectory } of await client.files.readDirectory('/')) console.log(fileName, isDirectory);
   * ```
   */
  async readDirectory(path: RemotePath, options: FileOptions = {}): Promise<DirectoryEntry[]> {
    const { entries } = await this.#look('fs/readDirectory', common(path, options), path, options);
    return entries;
  }

  /**
   * All directories and files below a directory, by level. `truncated` tells that a limit was reached, that on the size
   * of the answer (about 4 MiB) included. Links to files, sockets, pipes and devices are left out.
   * Errors: `UNSUPPORTED` by executors before 0.144.0.
   *
   * ```ts
   * const { entries } = await client.files.walk('/etc', { maxDepth: 1 });
   * const names = entries.filter(({ kind }) => kind === 'file').map((entry) => uriPath(entry.path));
   * ```
   */
  async walk(path: RemotePath, options: WalkOptions = {}): Promise<WalkResult> {
    return await this.#look('fs/walk', { ...common(path, options), options: walkOptions(options) }, path, options);
  }

  /**
   * Removes a file, a link (never what it leads to) or an empty directory. The executor's own defaults, which remove
   * trees and missing paths without a word, are not used: see `recursive` and `force`.
   *
   * ```ts
   * await client.files.remove('/tmp/farhand-example', { recursive: true, force: true });
   * ```
   */
  async remove(path: RemotePath, options: RemoveOptions = {}): Promise<void> {
    const { recursive = false, force = false } = options;
    await this.#change('fs/remove', { ...common(path, options), recursive, force }, { path: String(path) }, options);
  }

  /**
   * Copies a file with its mode, a link as a link, or with `recursive` a directory, from one place on the executor to another.
   *
   * ```ts
   * await client.files.copy('/etc/hosts', '/tmp/farhand-example.txt');
   * ```
   */
  async copy(source: RemotePath, destination: RemotePath, options: CopyOptions = {}): Promise<void> {
    const { sandbox = null, recursive = false } = options;
    const sourcePath = fileUri(source, 'source');
    const destinationPath = fileUri(destination, 'destination');
    const names = { path: String(source), destination: String(destination) };
    requireTexts('sandbox', sandbox);
    await this.#change('fs/copy', { sourcePath, destinationPath, recursive, sandbox }, names, options);
  }

  /**
   * Opens a file to read it as a stream: see `FileReadStream`. The signal is for the stream too. Where the executor
   * cannot open files (or not with a sandbox), the whole of it is read at once, which has limits of its own.
   *
   * ```ts
   * await using tail = await client.files.openRead('/etc/passwd', { start: 10 });
   * for await (const block of tail) process.stdout.write(block);
   * ```
   */
  async openRead(path: RemotePath, options: OpenReadOptions = {}): Promise<FileReadStream> {
    return await this.#openRead(path, options, { signal: options.signal, repeat: true });
  }

  /**
   * Makes or empties a file and opens it to write it as a stream: see `FileWriteStream`. The signal is for the stream too.
   * Where the executor cannot do this (before 0.169.0; or not with a sandbox), what is written is collected, up to 47 MiB
   * (`FILE_TOO_LARGE`), and `close` writes the file at once; until then it is not touched.
   *
   * ```ts
   * await using file = await client.files.openWrite('/tmp/farhand-example.txt');
   * await new Blob(['far hand\n']).stream().pipeTo(file);
   * ```
   */
  async openWrite(path: RemotePath, options: FileOptions = {}): Promise<FileWriteStream> {
    const { signal } = options;
    const request = { ...common(path, options), handleId: this.#newHandleId(), mode: 'replace' as const };
    const names = { path: String(path) };
    const what = `writing ${path}`;
    return await this.#session.onLink(
      async (link) => {
        const { fileWriteStreaming = false } = this.#session.environment?.capabilities ?? {};
        const canOpen = fileWriteStreaming && this.#canOpen(options);
        const sink = canOpen
          ? new WriteBehind(await openHandle(link, request, names, signal))
          : new CollectedFile(names.path, (file) => this.#writeWhole(path, file, options));
        return new FileWriteStream(sink, what, signal);
      },
      { signal },
    );
  }

  // ---- reading ---------------------------------------------------------------------------------------

  async #readWhole(path: RemotePath, options: SymlinkOptions): Promise<Uint8Array> {
    const params = common(path, options);
    const { signal } = options;
    return await this.#session.onLink((link) => readWholeOn(link, params, path, signal), { signal });
  }

  /** `why` it could not be read at once is what the caller hears, if it cannot be opened either. */
  async #readInBlocks(path: RemotePath, { signal, sandbox }: SymlinkOptions, why: unknown): Promise<Uint8Array> {
    let stream: FileReadStream;
    try {
      stream = await this.#openRead(path, { signal, sandbox }, { signal, sameSession: true });
    } catch (error) {
      throw error instanceof FileError ? why : error;
    }
    const blocks: Uint8Array[] = [];
    for await (const block of stream) blocks.push(block);
    return Buffer.concat(blocks);
  }

  async #openRead(
    path: RemotePath,
    options: OpenReadOptions,
    onLink: Pick<SessionCallOptions, 'signal' | 'repeat' | 'sameSession'>,
  ): Promise<FileReadStream> {
    const { signal } = options;
    const range = byteRange(options);
    const depth = readahead(options);
    const place = common(path, options);
    const names = { path: String(path) };
    const stream = (blocks: ReadAhead | WholeFile) => new FileReadStream(blocks, `reading ${path}`, signal);
    const whole = async (link: Link) => stream(new WholeFile(await readWholeOn(link, place, path, signal), range));

    return await this.#session.onLink(async (link) => {
      if (!this.#canOpen(options)) return await whole(link);
      try {
        const handle = await openHandle(link, { ...place, handleId: this.#newHandleId() }, names, signal);
        // Not sent together: the reference's second small answer in a row waits for our ACK of the first, 40 ms.
        const metadata = fileCall(link, 'fs/getMetadata', place, names, { signal });
        return stream(new ReadAhead(handle, { ...range, depth, size: await sizeFor(handle, metadata) }));
      } catch (error) {
        if (error instanceof FileError && error.rpcCode === METHOD_NOT_FOUND) return await whole(link);
        throw error;
      }
    }, onLink);
  }

  // ---- calls -----------------------------------------------------------------------------------------

  async #look<M extends FileMethod>(method: M, params: MethodParams[M], path: RemotePath, { signal }: FileOptions) {
    const names = { path: String(path) };
    const ask = (link: Link) => fileCall(link, method, params, names, { signal });
    return await this.#session.onLink(ask, { signal, repeat: true });
  }

  async #change<M extends FileMethod>(method: M, params: MethodParams[M], names: FileNames, { signal }: FileOptions) {
    return await this.#session.onLink((link) => fileCall(link, method, params, names, { signal }), { signal });
  }

  async #writeWhole(path: RemotePath, bytes: Uint8Array, options: SymlinkOptions): Promise<void> {
    const params = { ...common(path, options), dataBase64: encodeBase64(bytes) };
    await this.#change('fs/writeFile', params, { path: String(path) }, options);
  }

  /** Older executors refuse to open anything with a sandbox. */
  #canOpen({ sandbox }: FileOptions): boolean {
    const { sandboxedFileStreaming = false } = this.#session.environment?.capabilities ?? {};
    return sandboxedFileStreaming || sandbox === undefined || sandbox === null;
  }

  /** At most 32 bytes, as the protocol wants it; new in the whole client. */
  #newHandleId(): string {
    this.#lastHandle += 1;
    return `farhand-${this.#lastHandle}`;
  }
}

/** What all parameters begin with. A rule about links is sent only where there is one, as older executors know none. */
function common(path: RemotePath, { followSymlinks, sandbox = null }: SymlinkOptions) {
  requireTexts('sandbox', sandbox);
  return { path: fileUri(path), ...(followSymlinks === undefined ? {} : { followSymlinks }), sandbox };
}

function walkOptions({
  maxDepth = WALK_DEPTH,
  maxDirectories = WALK_DIRECTORIES,
  maxEntries = WALK_ENTRIES,
  followDirectorySymlinks = false,
  pruneHiddenDirectories = false,
}: WalkOptions): MethodParams['fs/walk']['options'] {
  requireWhole('maxDepth', maxDepth, 0, WALK_DEPTH);
  requireWhole('maxDirectories', maxDirectories, 1, WALK_DIRECTORIES);
  requireWhole('maxEntries', maxEntries, 1, WALK_ENTRIES);
  return { maxDepth, maxDirectories, maxEntries, followDirectorySymlinks, pruneHiddenDirectories };
}

async function readWholeOn(
  link: Link,
  params: MethodParams['fs/readFile'],
  path: RemotePath,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { dataBase64 } = await fileCall(link, 'fs/readFile', params, { path: String(path) }, { signal });
  return dataBase64;
}

/** An executor says that its answer would be too large, or sends it all the same, and the connection ends. */
const mayBeTooLarge = (error: unknown): boolean =>
  (error instanceof FileError && error.code === 'INVALID_REQUEST') ||
  (error instanceof TransportError && error.code === 'DISCONNECTED');

/** Whether a file can be opened at all is for the open to say. Errors: all but a refusal; the handle is closed then. */
async function sizeFor(handle: FileHandle, metadata: Promise<FileMetadata>): Promise<number | undefined> {
  try {
    const { isFile, size } = await metadata;
    return isFile && size > 0 ? size : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    handle.close().catch(() => {});
    throw error;
  }
}
