/** What the protocol has no word for and a command on the executor can tell, or do. Files are asked about in groups. */
import { type Client, RefusedError, type RunOptions, type RunResult } from '../../index.js';
import type { FileUri } from '../../protocol/ids.js';
import { isNative, nativePath } from '../../protocol/path-uri.js';
import { isAmbiguous, latin1, onlyWord, wordsByPath } from './file-report.js';
import { grouped } from './grouped.js';

/** Each takes paths on its input, with a NUL behind each, and says `WORD  PATH` for every file that it has managed. */
const DIGEST = `if command -v sha256sum >/dev/null; then set -- sha256sum; else set -- shasum -a 256; fi
exec xargs -0 "$@"`;
const PERMISSIONS = `if stat -L -c %a / >/dev/null 2>&1; then set -- -c '%a  %n'; else set -- -f '%Lp  %N'; fi
exec xargs -0 stat -L "$@"`;
const MAKE_EXECUTABLE = `exec xargs -0 sh -c 'for file do chmod +x "$file" && printf "x  %s\\n" "$file"; done' sh`;

/** Says all names of the folder that it runs in, with a NUL behind each. */
const NAMES = ['find', '.', '-mindepth', '1', '-maxdepth', '1', '-print0'];

/** A shell's and xargs' word for a program that was not found, or cannot be run. */
const CANNOT_RUN: readonly number[] = [126, 127];

/** So much takes so long to hash that files which wait in the same group would notice, bytes. */
const LARGE_BYTES = 64_000_000;

const NUL = Buffer.alloc(1);

/** `unavailable`: there is no such program, or no process can be started. `failed`: not for this file. */
export type Told = { readonly word: string } | 'failed' | 'unavailable';

export class FarCommands {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  /** Scripts that turned out to be unavailable; they are not tried again. */
  readonly #unavailable = new Set<string>();
  readonly #digest = grouped((uris: readonly FileUri[]) => this.#ask(DIGEST, uris));

  /** Permission bits in octal digits. */
  readonly permissions = grouped((uris: readonly FileUri[]) => this.#ask(PERMISSIONS, uris));
  /** For everyone whom the umask there does not exclude. */
  readonly makeExecutable = grouped((uris: readonly FileUri[]) => this.#ask(MAKE_EXECUTABLE, uris));

  /** Errors of all methods: those of `Client.run`, `REFUSED` excepted. The signal ends everything that runs. */
  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** SHA-256 in hexadecimal digits. */
  async digest(uri: FileUri, size: number): Promise<Told> {
    return size < LARGE_BYTES ? await this.#digest(uri) : (await this.#ask(DIGEST, [uri]))[0]!;
  }

  /** All names in a folder, as bytes; the protocol says only those that are UTF-8. Undefined: they cannot be learnt. */
  async names(folder: FileUri): Promise<readonly Buffer[] | undefined> {
    const result = await this.#run(NAMES, { cwd: folder });
    if (result?.exitCode !== 0) return undefined;
    const paths = latin1(result.stdout).split('\0').slice(0, -1);
    return paths.map((path) => Buffer.from(path.slice('./'.length), 'latin1'));
  }

  /** What the script says of each, in their order. */
  async #ask(script: string, uris: readonly FileUri[]): Promise<readonly Told[]> {
    const paths = uris.map((uri) => (isNative(uri) ? latin1(nativePath(uri)) : undefined));
    const plain = paths.filter((path) => path !== undefined && !isAmbiguous(path)) as string[];
    const said = plain.length === 0 ? undefined : await this.#say(script, plain);
    const words = said && wordsByPath(said);
    const told: Told[] = [];
    for (const path of paths) {
      if (path === undefined) told.push('unavailable');
      else if (isAmbiguous(path)) told.push(toldBy(await this.#say(script, [path]), onlyWord));
      else told.push(toldBy(words, (all) => all.get(path)));
    }
    return told;
  }

  /** What the script says about all of these paths; undefined when it is unavailable. */
  async #say(script: string, paths: readonly string[]): Promise<Buffer | undefined> {
    if (this.#unavailable.has(script)) return undefined;
    const input = Buffer.concat(paths.flatMap((path) => [Buffer.from(path, 'latin1'), NUL]));
    const result = await this.#run(['/bin/sh', '-c', script], { input });
    if (result !== undefined && !CANNOT_RUN.includes(result.exitCode)) return result.stdout;
    this.#unavailable.add(script);
    return undefined;
  }

  /** Undefined when it cannot be started. */
  async #run(argv: readonly string[], options: RunOptions): Promise<RunResult | undefined> {
    try {
      return await this.#client.run(argv, { ...options, signal: this.#signal });
    } catch (error) {
      if (error instanceof RefusedError) return undefined;
      throw error;
    }
  }
}

function toldBy<S>(said: S | undefined, wordIn: (said: S) => string | undefined): Told {
  if (said === undefined) return 'unavailable';
  const word = wordIn(said);
  return word === undefined ? 'failed' : { word };
}
