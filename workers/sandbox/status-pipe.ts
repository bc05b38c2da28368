/** What bubblewrap tells of the sandbox that it makes: one JSON text after the other, `{"child-pid": 123, ...}` first. */
import { closeSync, readSync } from 'node:fs';

/** More than all that is ever told: two texts of a few hundred bytes. */
const MOST_BYTES = 4096;

/**
 * The pid of the first process inside, as it is called outside; undefined while that has not been told. It is told before anything
 * is mounted: while it has not been, there is no sandbox yet.
 */
export function childPidIn(told: string): number | undefined {
  const [, pid] = /"child-pid": (\d+)\b/.exec(told) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

export class StatusPipe {
  readonly #read: number;
  #told = '';
  #closed = false;

  /** The reading end, which does not block; it belongs to this object. */
  constructor(read: number) {
    this.#read = read;
  }

  /** See childPidIn: what has been told by now. */
  childPid(): number | undefined {
    if (childPidIn(this.#told) === undefined) this.#take();
    return childPidIn(this.#told);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#read);
  }

  #take(): void {
    if (this.#closed) return;
    const bytes = Buffer.allocUnsafe(MOST_BYTES);
    try {
      this.#told += bytes.toString('latin1', 0, readSync(this.#read, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
