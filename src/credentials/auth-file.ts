/** `auth.json` in the home of codex: read at every use, and written so that nobody ever sees half of it. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AUTH_FILE_BYTES } from '../protocol/limits.js';
import { readAuth, type StoredAuth, type Tokens, withTokens } from './auth-json.js';
import { lockFile, type Sleep } from './file-lock.js';

export interface AuthFileOptions {
  /** CODEX_HOME. */
  readonly home: string;
  readonly sleep: Sleep;
  /** Told once: others on this machine may read the file. */
  readonly onReadableByOthers?: (path: string) => void;
}

export class AuthFile {
  readonly #home: string;
  readonly #sleep: Sleep;
  #onReadableByOthers: ((path: string) => void) | undefined;

  constructor({ home, sleep, onReadableByOthers }: AuthFileOptions) {
    this.#home = home;
    this.#sleep = sleep;
    this.#onReadableByOthers = onReadableByOthers;
  }

  /** Undefined: there is none, or none that can be used. */
  async read(): Promise<StoredAuth | undefined> {
    const text = await this.#text();
    return text === undefined ? undefined : readAuth(text);
  }

  /** While this is held no other program that heeds it renews the tokens. Errors: `unavailable`. */
  lock(): Promise<AsyncDisposable> {
    return lockFile(join(this.#home, 'auth.lock'), this.#sleep);
  }

  /**
   * Puts tokens in the place of others, if these still stand there: else somebody has signed out, or in anew.
   * The rest of the file stays. Errors: `unavailable`, and whatever the system says.
   */
  async replaceTokens(old: Tokens, tokens: Tokens, nowMs: number): Promise<void> {
    await using _ = await lockFile(join(this.#home, 'auth.json.lock'), this.#sleep);
    const text = await this.#text();
    const changed = text === undefined ? undefined : withTokens(text, old, tokens, nowMs);
    if (changed !== undefined) await replace(await realpath(this.#path), changed);
  }

  get #path(): string {
    return join(this.#home, 'auth.json');
  }

  async #text(): Promise<string | undefined> {
    try {
      const { size, mode } = await stat(this.#path);
      if (size > AUTH_FILE_BYTES) return undefined;
      if ((mode & 0o077) !== 0 && process.platform !== 'win32') this.#warn();
      await using file = await open(this.#path);
      return await file.readFile('utf8');
    } catch {
      return undefined;
    }
  }

  #warn(): void {
    this.#onReadableByOthers?.(this.#path);
    this.#onReadableByOthers = undefined;
  }
}

/** In the same folder, so that the new file takes the place of the old one in one step. Readable for its owner only. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.auth-${randomBytes(6).toString('hex')}`);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
