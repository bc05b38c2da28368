/**
 * Real pipes for a Node that cannot call pipe(2): FIFOs in a private folder, opened at both ends and unlinked.
 * Programs of our own user are kept from the folder by their sandbox alone: a read-only file system lets FIFOs be written.
 * Node's own `stdio: 'pipe'` gives socket pairs, on which `echo x > /dev/stdout` fails in the child.
 */
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** FIFOs made by one run of mkfifo, and the stock below which the next run is started. */
const BATCH = 128;
const LOW_STOCK = 32;

export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

export class FifoPipes {
  readonly #folder: string;
  readonly #ready: string[] = [];
  #made = 0;
  #making = false;
  #closed = false;

  /** The folder is made in `place`. */
  constructor(place: string) {
    this.#folder = mkdtempSync(join(place, 'farhand-fifo-'));
  }

  /** Both ends block, unless `flags` say otherwise of the reading one; the stream that takes over an end makes it non-blocking. */
  open(flags = 0): PipeEnds {
    const path = this.#ready.pop() ?? this.#makeNow();
    if (this.#ready.length < LOW_STOCK) this.#makeSoon();
    // Opened for both directions first, so that neither of the other two opens waits for a peer.
    const both = openSync(path, constants.O_RDWR);
    try {
      const read = openSync(path, constants.O_RDONLY | flags);
      try {
        return { read, write: openSync(path, constants.O_WRONLY) };
      } catch (error) {
        closeSync(read);
        throw error;
      }
    } finally {
      closeSync(both);
      unlinkSync(path);
    }
  }

  /** Removes what is in stock, and its folder; idempotent. */
  close(): void {
    this.#closed = true;
    this.#ready.length = 0;
    if (!this.#making) rmSync(this.#folder, { recursive: true, force: true });
  }

  #makeNow(): string {
    const paths = this.#nextPaths();
    execFileSync('mkfifo', paths, { stdio: 'ignore' });
    this.#ready.push(...paths);
    return this.#ready.pop()!;
  }

  #makeSoon(): void {
    if (this.#making || this.#closed) return;
    this.#making = true;
    const paths = this.#nextPaths();
    const maker = execFile('mkfifo', paths, (error) => {
      this.#making = false;
      // A failure shows at the next open, which then makes its own.
      if (!error) this.#ready.push(...paths);
      if (this.#closed) this.close();
    });
    maker.unref();
  }

  #nextPaths(): string[] {
    return Array.from({ length: BATCH }, () => join(this.#folder, String(this.#made++)));
  }
}
