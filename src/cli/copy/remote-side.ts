/** The end of a copy that is an executor. */
import { type Client, FileError, RefusedError } from '../../index.js';
import type { FileUri } from '../../protocol/ids.js';
import { FILE_BLOCK_BYTES } from '../../protocol/limits.js';
import type { NativePath } from '../../protocol/path-uri.js';
import { FarCommands, type Told } from './far-commands.js';
import { UnnamedFault } from './fault.js';
import { RemoteSink } from './remote-sink.js';
import type { Found, Side, Sink, Source } from './side.js';

export interface RemoteSideOptions {
  readonly client: Client;
  /** What the executor is called toward people. */
  readonly shown: string;
  readonly signal: AbortSignal;
  /** Is told once what cannot be done there. */
  readonly notice: (line: string) => void;
}

/** Where a name was not UTF-8, the protocol has this in it. */
const MANGLED = '\ufffd';

export class RemoteSide implements Side {
  readonly writesInPlace = true;
  readonly #client: Client;
  readonly #commands: FarCommands;
  readonly #shown: string;
  readonly #options: { readonly signal: AbortSignal };
  readonly #notice: (line: string) => void;
  readonly #noticed = new Set<string>();

  constructor({ client, shown, signal, notice }: RemoteSideOptions) {
    this.#client = client;
    this.#commands = new FarCommands(client, signal);
    this.#shown = shown;
    this.#options = { signal };
    this.#notice = notice;
  }

  async look(uri: FileUri): Promise<Found | undefined> {
    try {
      const { isFile, isDirectory, size, modifiedAtMs } = await this.#client.files.getMetadata(uri, this.#options);
      if (isFile) return { kind: 'file', size, modifiedAtMs };
      return { kind: isDirectory ? 'folder' : 'special' };
    } catch (error) {
      if (error instanceof FileError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async list(folder: FileUri): Promise<readonly NativePath[]> {
    const entries = await this.#client.files.readDirectory(folder, this.#options);
    const names = entries.map(({ fileName }) => fileName);
    if (!names.some(isMangled)) return names;
    const bytes = await this.#commands.names(folder);
    // Where they cannot be learnt they stay as they are, and are told as missing.
    if (bytes === undefined) return names;
    return [...names.filter((name) => !isMangled(name)), ...bytes.filter((name) => isMangled(name.toString()))];
  }

  async identity(uri: FileUri): Promise<FileUri> {
    return (await this.#client.files.canonicalize(uri, this.#options)) as FileUri;
  }

  async makeFolder(uri: FileUri): Promise<void> {
    try {
      await this.#client.files.createDirectory(uri, { recursive: false, ...this.#options });
    } catch (error) {
      if (!(error instanceof RefusedError) || (await this.look(uri))?.kind !== 'folder') throw error;
    }
  }

  async read(uri: FileUri, size: number): Promise<Source> {
    return size > 0 && size <= FILE_BLOCK_BYTES ? await this.#readWhole(uri) : await this.#stream(uri);
  }

  async write(uri: FileUri): Promise<Sink> {
    const { signal } = this.#options;
    const makeExecutable = () => this.#makeExecutable(uri);
    return new RemoteSink({ files: this.#client.files, uri, signal, makeExecutable });
  }

  /** A copy that the executor makes by itself, with the permission bits. Links are followed, as everywhere. */
  async copyWithin(source: FileUri, target: FileUri): Promise<void> {
    await this.#client.files.copy(await this.identity(source), target, this.#options);
  }

  async permissions(uri: FileUri): Promise<number | undefined> {
    const told = await this.#commands.permissions(uri);
    const mode = typeof told === 'string' ? Number.NaN : Number.parseInt(told.word, 8);
    return Number.isNaN(mode) ? undefined : mode;
  }

  async digest(uri: FileUri, size: number): Promise<string | undefined> {
    const cannot = 'cannot compute SHA-256 (sha256sum or shasum, with xargs -0), so only sizes are compared';
    return this.#wordOf(await this.#commands.digest(uri, size), cannot, 'its SHA-256 cannot be computed there');
  }

  /** In one request, which saves three. */
  async #readWhole(uri: FileUri): Promise<Source> {
    const bytes = await this.#client.files.readFile(uri, this.#options);
    const pieces = [bytes].values();
    return { size: undefined, read: async () => pieces.next().value, close: async () => {} };
  }

  async #stream(uri: FileUri): Promise<Source> {
    const stream = await this.#client.files.openRead(uri, this.#options);
    const reader = stream.getReader();
    return {
      size: stream.size,
      read: async () => (await reader.read()).value,
      // Of a stream that has failed, the failure has been told.
      close: () => reader.cancel().catch(() => {}),
    };
  }

  async #makeExecutable(uri: FileUri): Promise<void> {
    const cannot = 'cannot run chmod (with xargs -0), so files are not made executable';
    this.#wordOf(await this.#commands.makeExecutable(uri), cannot, 'cannot be made executable');
  }

  #wordOf(told: Told, unavailable: string, failed: string): string | undefined {
    if (told === 'failed') throw new UnnamedFault(failed);
    if (told !== 'unavailable') return told.word;
    if (!this.#noticed.has(unavailable)) this.#notice(`${this.#shown} ${unavailable}`);
    this.#noticed.add(unavailable);
    return undefined;
  }
}

const isMangled = (name: string): boolean => name.includes(MANGLED);
