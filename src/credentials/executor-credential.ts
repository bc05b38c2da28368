import type { Readable } from 'node:stream';
import { EXECUTOR_CREDENTIAL_MS } from '../protocol/limits.js';
import { CredentialLines, type ExecutorToken, readCredential } from './credential-frames.js';
import { credentialExpired, credentialPipeClosed, credentialTimedOut } from './errors.js';
import { checkTokenUrl } from './hosts.js';
import { bearer, type CredentialSource, type Header } from './source.js';

export interface ExecutorCredentialOptions {
  readonly stdin: Readable;
  readonly registryUrl: string;
  readonly environmentId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborts after so many milliseconds. */
  readonly deadline: (ms: number) => AbortSignal;
}

/** `--executor-credential-stdin`: whoever started us hands in a new token whenever the old one is about to end. Source: 0.169.0. */
export class ExecutorCredential implements CredentialSource {
  readonly showsRegistryTexts = false;
  /** Settles when no more can come: resolves at the end of the input, rejects with a CredentialError. Both end the executor. */
  readonly ended: Promise<void>;
  readonly #first: Promise<void>;
  readonly #now: () => number;
  #current: ExecutorToken | undefined;

  private constructor(options: ExecutorCredentialOptions) {
    this.#now = options.now;
    let firstCame = () => {};
    this.#first = new Promise((resolve) => {
      firstCame = resolve;
    });
    this.ended = this.#follow(options, firstCame);
    // Who waits for the first one is told by it; later nobody may be listening yet.
    this.ended.catch(() => {});
  }

  /** Resolves with the first credential. Errors: CredentialError. */
  static async open(options: ExecutorCredentialOptions): Promise<ExecutorCredential> {
    checkTokenUrl(options.registryUrl);
    const credential = new ExecutorCredential(options);
    const closed = credential.ended.then(() => {
      throw credentialPipeClosed();
    });
    const limit = options.deadline(EXECUTOR_CREDENTIAL_MS);
    const late = new Promise<never>((_, reject) => {
      limit.addEventListener('abort', () => reject(credentialTimedOut()), { once: true });
    });
    try {
      await Promise.race([credential.#first, closed, late]);
      return credential;
    } catch (error) {
      options.stdin.destroy();
      throw error;
    }
  }

  /** Errors: `expired`. Nothing is asked of the registry then. */
  async headers(): Promise<readonly Header[]> {
    if (this.#current === undefined || this.#current.expiresAtMs <= this.#now()) throw credentialExpired();
    return [bearer(this.#current.token)];
  }

  async #follow({ stdin, environmentId }: ExecutorCredentialOptions, firstCame: () => void): Promise<void> {
    const lines = new CredentialLines();
    for await (const bytes of stdin as AsyncIterable<Buffer>) {
      for (const line of lines.accept(bytes)) {
        this.#current = readCredential(line, environmentId, this.#now());
        firstCame();
      }
    }
  }
}
