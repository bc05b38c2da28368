/** Counts the sandboxes that share the network of this machine: what runs in one can connect to whatever listens here. */
import { NETWORK_SANDBOX_LINGER_MS } from '../protocol/limits.js';
import type { Confinement } from './calls.js';

export class NetworkSandboxes {
  readonly #now: () => number;
  #living = 0;
  #lastEndMs = Number.NEGATIVE_INFINITY;

  /** `now` is a clock that never goes back, ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** To be called before the start. Out: to be called at the end; calling it again does nothing. */
  begin(confinement: Confinement | null): () => void {
    if (!sharesNetwork(confinement)) return () => {};
    this.#living++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#living--;
      this.#lastEndMs = this.#now();
    };
  }

  /** Whether a connection that comes now may be from one of them: what it began may still wait to be accepted after its end. */
  get mayConnect(): boolean {
    return this.#living > 0 || this.#now() - this.#lastEndMs < NETWORK_SANDBOX_LINGER_MS;
  }
}

const sharesNetwork = (confinement: Confinement | null): boolean =>
  confinement?.is === 'sandboxed' && confinement.policy.kind === 'confined' && confinement.policy.network === 'enabled';
