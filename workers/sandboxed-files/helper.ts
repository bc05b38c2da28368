import type { Frame } from '#src/sandboxed-files/frames.js';
import { faultOf } from '../files/fault.js';
import { Withheld } from '../files/withheld.js';
import { OpenFiles } from './open-files.js';
import type { Output } from './output.js';
import { type Asked, parseRequest } from './request.js';
import { type Done, LOADERS, type ShortOperation, type Work } from './short-operations.js';
import type { TreeWork } from './tree-work.js';

const NOTHING = new Uint8Array();

/** Answers requests: short ones in their order, at once, and those for whole trees when threads have done them. */
export class Helper {
  readonly #output: Output;
  readonly #withheldPaths: readonly string[];
  readonly #withheld: Withheld | undefined;
  readonly #files = new OpenFiles();
  readonly #loaded = new Map<ShortOperation, Work<never>>();
  #trees: TreeWork | undefined;

  /** `withheld`: paths at which nothing may come into being, see Withheld. */
  constructor(output: Output, withheld: readonly string[]) {
    this.#output = output;
    this.#withheldPaths = withheld;
    this.#withheld = Withheld.of(withheld);
  }

  /** Answers are to come that only the event loop can bring. */
  get waitsForThreads(): boolean {
    return this.#trees?.isAtWork ?? false;
  }

  /** Errors: for what is no request; the output's. */
  async take({ json, body }: Frame): Promise<void> {
    const request = parseRequest(json);
    switch (request.is) {
      case 'asked': {
        const { asked } = request;
        if (isShort(asked)) await this.#do(asked, body?.memory.subarray(body.start, body.end) ?? NOTHING);
        else (await this.#threads()).begin(asked);
        break;
      }
      case 'close':
        this.#answer(request.id, () => this.#close(request.fd));
        break;
      case 'cancel':
        this.#trees?.cancel(request.id);
        break;
      case 'improper':
        this.#refuse(request.id, request.error);
        break;
      default:
        request satisfies never;
    }
  }

  async #do({ id, operation, task }: Asked<ShortOperation>, body: Uint8Array): Promise<void> {
    const work = this.#loaded.get(operation) ?? (await this.#load(operation));
    this.#answer(id, () => work(task as never, { body, files: this.#files, withheld: this.#withheld }));
  }

  async #load(operation: ShortOperation): Promise<Work<never>> {
    const work: Work<never> = await LOADERS[operation]();
    this.#loaded.set(operation, work);
    return work;
  }

  async #threads(): Promise<TreeWork> {
    const { TreeWork } = await import('./tree-work.js');
    this.#trees ??= new TreeWork(this.#withheldPaths, (reply, body) => this.#output.write(reply, body));
    return this.#trees;
  }

  #close(fd: number): Done {
    this.#files.close(fd);
    return { result: null };
  }

  #answer(id: number, work: () => Done): void {
    let done: Done;
    try {
      done = work();
    } catch (error) {
      this.#refuse(id, error);
      return;
    }
    this.#output.write({ id, done: done.result }, done.body);
  }

  #refuse(id: number, error: unknown): void {
    this.#output.write({ id, fault: faultOf(error) });
  }
}

function isShort(asked: Asked): asked is Asked<ShortOperation> {
  switch (asked.operation) {
    case 'walk':
    case 'copy':
    case 'discoverRoots':
      return false;
    case 'remove':
      return !asked.task.recursive;
    default:
      return true;
  }
}
