import { createHash } from 'node:crypto';
import { blaming, faultOf } from './fault.js';
import { needsNoCopy } from './one-file.js';
import { differing } from './same-content.js';
import type { Side, Sink, Source } from './side.js';
import type { Transfer, TransferContext } from './transfer.js';
import type { FileJob } from './tree.js';

/** Reads a file at one end and writes it at the other; both ends have more than one block on the way. */
export class Carry implements Transfer {
  readonly #job: FileJob;
  readonly #source: Side;
  readonly #target: Side;
  readonly #context: TransferContext;
  readonly #hash = createHash('sha256');
  #sourceDigest: Promise<string | undefined> | undefined;
  #mode: Promise<number | undefined> | undefined;
  #sink: Sink | undefined;
  #bytes = 0;
  /** The source has said that it is larger than what came of it. */
  #isShort = false;

  constructor(job: FileJob, source: Side, target: Side, context: TransferContext) {
    this.#job = job;
    this.#source = source;
    this.#target = target;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { from, to, size } = this.#job;
    if (await needsNoCopy(this.#job, this.#source, this.#target, this.#context.signal)) {
      this.#context.moved(size);
      return;
    }
    // Files that are made while they are read say 0, and may be another one each time.
    if (this.#context.verify && size > 0) {
      // At the same time: of a large file, hashing takes about as long as reading.
      this.#sourceDigest = later(blaming(from, () => this.#source.digest(from.uri, size)));
    }
    this.#mode = later(blaming(from, () => this.#source.permissions(from.uri)));
    const source = await blaming(from, () => this.#source.read(from.uri, size));
    try {
      const sink = await blaming(to, () => this.#target.write(to.uri));
      this.#sink = sink;
      await this.#move(source, sink);
      const arrived = await blaming(to, () => sink.close());
      if (arrived !== this.#bytes) throw faultOf(to, `holds ${arrived} bytes, of ${this.#bytes} that were sent`);
    } finally {
      await source.close();
    }
    this.#isShort = source.size !== undefined && this.#bytes < source.size;
  }

  async check(): Promise<void> {
    const { from, to } = this.#job;
    const askTarget = this.#context.verify && this.#bytes > 0;
    const [atSource, atTarget] = await Promise.all([
      this.#sourceDigest,
      askTarget ? blaming(to, () => this.#target.digest(to.uri, this.#bytes)) : undefined,
    ]);
    const fault = differing(this.#job, [atSource, this.#hash.digest('hex'), atTarget]);
    if (fault !== undefined) throw fault;
    // Files of /sys say that they are larger than they are; their digest proves that this was all.
    if (this.#isShort && atSource === undefined) throw faultOf(from, `ended early, after ${this.#bytes} bytes`);
  }

  async keep(): Promise<void> {
    const mode = await this.#mode;
    await blaming(this.#job.to, async () => this.#sink?.keep(mode));
  }

  async discard(): Promise<'nothing left' | 'incomplete'> {
    return (await this.#sink?.discard()) ?? 'nothing left';
  }

  async #move(source: Source, sink: Sink): Promise<void> {
    const { from, to } = this.#job;
    const { verify, signal, moved } = this.#context;
    for (;;) {
      signal.throwIfAborted();
      const bytes = await blaming(from, () => source.read());
      if (bytes === undefined) return;
      if (verify) this.#hash.update(bytes);
      await blaming(to, () => sink.write(bytes));
      this.#bytes += bytes.length;
      moved(bytes.length);
    }
  }
}

/** To be awaited later, or never when something else fails before. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
