/**
 * Whether there are sandboxes, at any moment. What failed once is tried again when somebody asks later, in the background.
 *
 *   begin ──► trying ──► available
 *               ▲   └──► unavailable ──┐
 *               └── asked, later than ─┘
 */
import { internalError } from '../protocol/errors.js';
import { SANDBOX_PROBE_AGAIN_MS, SANDBOX_PROBE_MS } from '../protocol/limits.js';
import type { Bubblewrap } from './bubblewrap.js';
import { type Finding, lackText, unavailable } from './finding.js';

export interface AvailabilityOptions {
  /** Tries it out. What it says after the signal is aborted does not count. */
  readonly probe: (signal: AbortSignal) => Promise<Finding>;
  /** Told of every finding that is not the one before. */
  readonly found?: ((finding: Finding) => void) | undefined;
  /** Monotonic, ms. */
  readonly now?: () => number;
  /** How long one attempt may take, ms; by default SANDBOX_PROBE_MS. */
  readonly limitMs?: number;
}

export class Availability {
  readonly #options: AvailabilityOptions;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #last: { readonly finding: Finding; readonly at: number } | undefined;
  #attempt: Promise<void> | undefined;

  /** Begins at once, in a later turn of the event loop. */
  constructor(options: AvailabilityOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#tryOut();
  }

  /** Resolves when it is known, SANDBOX_PROBE_MS later at most; a failure of long ago does not count as known. */
  async ready(): Promise<void> {
    this.#tryOutIfOld();
    await this.#attempt;
  }

  /** What enforces sandboxes. Errors: -32603 where nothing can. */
  require(): Bubblewrap {
    this.#tryOutIfOld();
    const { finding } = this.#last ?? { finding: STILL_TRYING };
    if (finding.is === 'available') return finding.bubblewrap;
    throw internalError(`sandbox unavailable: ${lackText(finding)}`);
  }

  /** Ends what still runs. */
  close(): void {
    this.#closing.abort();
  }

  #tryOutIfOld(): void {
    if (this.#attempt || this.#last?.finding.is !== 'unavailable') return;
    if (this.#now() - this.#last.at >= SANDBOX_PROBE_AGAIN_MS) this.#tryOut();
  }

  #tryOut(): void {
    this.#attempt = this.#finding().then((finding) => {
      this.#attempt = undefined;
      if (this.#closing.signal.aborted) return;
      const before = this.#last?.finding;
      this.#last = { finding, at: this.#now() };
      if (JSON.stringify(before) !== JSON.stringify(finding)) this.#options.found?.(finding);
    });
  }

  async #finding(): Promise<Finding> {
    const { probe, limitMs = SANDBOX_PROBE_MS } = this.#options;
    await new Promise(setImmediate);
    const tooLate = new AbortController();
    const limit = setTimeout(() => tooLate.abort(), limitMs);
    const signal = AbortSignal.any([this.#closing.signal, tooLate.signal]);
    const late = new Promise<Finding>((resolve) => {
      signal.addEventListener('abort', () => resolve(unavailable(`no answer within ${limitMs / 1000} s`)));
    });
    try {
      return await Promise.race([probe(signal), late]);
    } catch (error) {
      return unavailable(`trying it out failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      clearTimeout(limit);
    }
  }
}

const STILL_TRYING = unavailable('it is still being tried out');
