/**
 * Orphans that this program has taken in: descendants whose parents have ended before them. It is theirs to run on, and ours to
 * reap them when they end. Nobody waits for how they end, so that is done now and then.
 *
 * They are children of the main thread, as is what Node starts on it and waits for itself; leaders are children of the workers.
 * Who is still there at a second look, a second after it has ended, is nobody else's.
 */
import { readFileSync } from 'node:fs';
import { orUndefined } from '../protocol/or-undefined.js';

const LOOK_MS = 1000;

export class Orphans {
  readonly #reap: (pids: readonly number[]) => void;
  #seen: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(reap: (pids: readonly number[]) => void) {
    this.#reap = reap;
  }

  /** Some child has changed state. */
  childChanged(): void {
    if (this.#closed || this.#timer) return;
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const ended = endedChildren();
    const left = ended.filter((pid) => this.#seen.has(pid));
    this.#seen = new Set(ended);
    if (left.length > 0) this.#reap(left);
    if (ended.length > 0) this.childChanged();
  }
}

function endedChildren(): number[] {
  const { pid } = process;
  const children = orUndefined(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')) ?? '';
  return children.split(' ').filter(Boolean).map(Number).filter(hasEnded);
}

function hasEnded(pid: number): boolean {
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name stands in parentheses and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).startsWith('Z') ?? false;
}
