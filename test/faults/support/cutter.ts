import { setTimeout as delay } from 'node:timers/promises';
import type { FrameProxy } from './frame-proxy.js';
import type { ProxiedLink, Way } from './proxied-link.js';

/** How links of harnesses are cut, one as often as another. `unheard`: the relay does not learn of it. */
const HARNESS_CUTS = ['cut', 'cut', 'goodbye', 'within', 'unheard'] as const;
/** `all`: with it those of all harnesses. */
const EXECUTOR_CUTS = ['cut', 'goodbye', 'within', 'all'] as const;

/** An executor comes back at once only from a link that lasted for 5 s. */
const EXECUTOR_LINK_MS = 5_000;

/** Cuts links at random moments: one of a harness after so many frames, that of the executor every few seconds. */
export class Cutter implements Disposable {
  /** Links that were cut so far, by whose they were. */
  readonly cuts = { harness: 0, executor: 0 };
  readonly #proxy: FrameProxy;
  readonly #frames: number;
  readonly #below: (bound: number) => number;
  readonly #over = new AbortController();

  /** Begins with the links that stand. A link of a harness lives for less than so many frames, those of its handshake included. */
  constructor(proxy: FrameProxy, frames: number, below: (bound: number) => number) {
    this.#proxy = proxy;
    this.#frames = frames;
    this.#below = below;
    proxy.linked = (link) => this.#watch(link);
    for (const link of proxy.links) if (link.isWhole) this.#watch(link);
  }

  get total(): number {
    return this.cuts.harness + this.cuts.executor;
  }

  /** Links that stand stay. */
  [Symbol.dispose](): void {
    this.#over.abort();
    this.#proxy.linked = () => {};
    for (const link of this.#proxy.links) link.passing = () => {};
  }

  #watch(link: ProxiedLink): void {
    if (link.role === 'executor') void this.#awaitTurn(link);
    else this.#cutAfter(link, this.#below(this.#frames));
  }

  async #awaitTurn(link: ProxiedLink): Promise<void> {
    const { signal } = this.#over;
    await delay(EXECUTOR_LINK_MS + this.#below(1_000), undefined, { signal }).catch(() => {});
    if (!signal.aborted) this.#cutAfter(link, this.#below(this.#frames));
  }

  #cutAfter(link: ProxiedLink, frames: number): void {
    const last = link.frames + frames;
    link.passing = (frame, way) => {
      if (link.frames <= last) return;
      this.cuts[link.role] += 1;
      this.#cut(link, frame, way);
    };
  }

  #cut(link: ProxiedLink, frame: Buffer, way: Way): void {
    const kinds = link.role === 'harness' ? HARNESS_CUTS : EXECUTOR_CUTS;
    const kind = kinds[this.#below(kinds.length)]!;
    switch (kind) {
      case 'cut':
        link.cut();
        return;
      case 'goodbye':
        link.goodbye();
        return;
      case 'within':
        link.cutWithin(frame, way);
        return;
      case 'unheard':
        link.cut('end');
        return;
      case 'all':
        link.cut();
        for (const each of this.#proxy.whole('harness')) {
          this.cuts.harness += 1;
          each.cut();
        }
        return;
      default:
        kind satisfies never;
    }
  }
}
