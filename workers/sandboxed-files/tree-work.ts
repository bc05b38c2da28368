import { Worker } from 'node:worker_threads';
import { internalError } from '#src/protocol/errors.js';
import { TREE_TASKS_AT_ONCE } from '#src/protocol/limits.js';
import type { HelperReply } from '#src/sandboxed-files/messages.js';
import { faultOf } from '../files/fault.js';
import type { Asked } from './request.js';
import type { TreeOperation } from './short-operations.js';

/** To a thread. `gone` is set to make it stop. */
export interface TreeTask {
  readonly asked: Asked<TreeOperation>;
  readonly gone: Int32Array;
}

/** From a thread. The memory of the body is handed over. */
export interface TreeReply {
  readonly reply: HelperReply;
  readonly body?: Uint8Array | undefined;
}

/** What a thread is started with. */
export interface TreeThreadData {
  /** See Withheld. */
  readonly withheld: readonly string[];
}

type Answer = (reply: HelperReply, body?: Uint8Array) => void;

/** Work on whole trees, done by threads of their own, as many as a connection may have such work done at once. */
export class TreeWork {
  readonly #data: TreeThreadData;
  readonly #answer: Answer;
  readonly #threads = new Set<TreeThread>();

  constructor(withheld: readonly string[], answer: Answer) {
    this.#data = { withheld };
    this.#answer = answer;
  }

  get isAtWork(): boolean {
    return [...this.#threads].some(({ load }) => load > 0);
  }

  /** Answers when it is done, whatever becomes of the thread. */
  begin(asked: Asked<TreeOperation>): void {
    this.#leastBusy().begin(asked);
  }

  /** What has been answered already is none of these any more. */
  cancel(id: number): void {
    for (const thread of this.#threads) thread.cancel(id);
  }

  #leastBusy(): TreeThread {
    const [first] = [...this.#threads].sort((one, other) => one.load - other.load);
    if (first !== undefined && (first.load === 0 || this.#threads.size >= TREE_TASKS_AT_ONCE)) return first;
    const thread = new TreeThread(this.#data, this.#answer, () => this.#threads.delete(thread));
    this.#threads.add(thread);
    return thread;
  }
}

const ENTRY = new URL('tree-thread.js', import.meta.url);
/** Otherwise Node takes our own output for what threads say, and makes it one that does not wait for its reader. */
const OWN_STREAMS = { stdout: true, stderr: true };

/** One that has died, for want of memory say, is not used again. */
class TreeThread {
  readonly #worker: Worker;
  /** What it has not answered yet: how to make it stop. */
  readonly #atWork = new Map<number, Int32Array>();

  constructor(data: TreeThreadData, answer: Answer, ended: () => void) {
    this.#worker = new Worker(ENTRY, { ...OWN_STREAMS, workerData: data });
    let reason: unknown;
    this.#worker.on('message', ({ reply, body }: TreeReply) => {
      this.#atWork.delete(reply.id);
      answer(reply, body);
    });
    this.#worker.on('error', (error) => {
      reason = error;
    });
    this.#worker.on('exit', () => {
      ended();
      const fault = faultOf(internalError(`the thread of a sandboxed file call ended: ${String(reason)}`));
      for (const id of this.#atWork.keys()) answer({ id, fault });
    });
  }

  get load(): number {
    return this.#atWork.size;
  }

  begin(asked: Asked<TreeOperation>): void {
    const gone = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#atWork.set(asked.id, gone);
    this.#worker.postMessage({ asked, gone } satisfies TreeTask);
  }

  cancel(id: number): void {
    const gone = this.#atWork.get(id);
    if (gone !== undefined) Atomics.store(gone, 0, 1);
  }
}
