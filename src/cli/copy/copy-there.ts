import { blaming, faultOf } from './fault.js';
import type { RemoteSide } from './remote-side.js';
import { differing } from './same-content.js';
import type { Transfer, TransferContext } from './transfer.js';
import type { FileJob } from './tree.js';

/** Lets an executor copy a file of its own; nothing of it comes to us. */
export class CopyThere implements Transfer {
  readonly #job: FileJob;
  readonly #side: RemoteSide;
  readonly #context: TransferContext;
  #begun = false;

  constructor(job: FileJob, side: RemoteSide, context: TransferContext) {
    this.#job = job;
    this.#side = side;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { from, to, size } = this.#job;
    const [source, there] = await Promise.all([
      blaming(from, () => this.#side.identity(from.uri)),
      blaming(to, async () => ((await this.#side.look(to.uri)) ? this.#side.identity(to.uri) : undefined)),
    ]);
    // Some executors would empty it.
    if (source === there) throw faultOf(to, `is the same file as ${from.shown}`);
    this.#begun = true;
    await blaming(to, () => this.#side.copyWithin(from.uri, to.uri));
    const copy = await blaming(to, () => this.#side.look(to.uri));
    const arrived = copy?.kind === 'file' ? copy.size : 0;
    if (arrived < size) throw faultOf(to, `holds ${arrived} bytes, of ${size}`);
    this.#context.moved(arrived);
  }

  async check(): Promise<void> {
    const { from, to, size } = this.#job;
    if (!this.#context.verify || size === 0) return;
    const ends = [from, to].map((end) => blaming(end, () => this.#side.digest(end.uri, size)));
    const fault = differing(this.#job, await Promise.all(ends));
    if (fault !== undefined) throw fault;
  }

  /** The executor has given it its name and mode. */
  async keep(): Promise<void> {}

  async discard(): Promise<'nothing left' | 'incomplete'> {
    return this.#begun ? 'incomplete' : 'nothing left';
  }
}
