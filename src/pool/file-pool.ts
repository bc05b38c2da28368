/**
 * The Piscina pool for files. Its threads are others than those that supervise processes: a slow disk must not hold up
 * the output of a command, and a file operation is one call from beginning to end.
 */
import { Piscina } from 'piscina';
import { internalError, RpcError, shuttingDown } from '../protocol/errors.js';
import { FILE_WORKERS } from '../protocol/limits.js';
import { BlockSlots } from './block-slots.js';
import type { FileOperation, FileOutcome, FileTasks } from './file-calls.js';

/** A thread beyond the first ends after so long without work. */
const IDLE_MS = 30_000;

/** What a connection needs of the pool. */
export type FileWorkers = Pick<FilePool, 'run' | 'slots'>;

export class FilePool {
  /** Where its threads write blocks. */
  readonly slots = new BlockSlots();
  #pool: Piscina | undefined;
  #closed = false;

  /** Starts the first thread, if that has not been done; the first operation need not wait for it then. */
  warm(): void {
    if (this.#closed) return;
    this.#pool ??= new Piscina({
      filename: new URL('../workers/files.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: FILE_WORKERS,
      idleTimeout: IDLE_MS,
      recordTiming: false,
      trackUnmanagedFds: false,
    });
  }

  /** Errors: `RpcError`, as the operation says; -32603 when its thread died. `transfer` is handed over with the task. */
  async run<O extends FileOperation>(
    operation: O,
    task: FileTasks[O]['task'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<FileTasks[O]['result']> {
    this.warm();
    if (this.#pool === undefined) throw shuttingDown();
    let outcome: FileOutcome<FileTasks[O]['result']>;
    try {
      outcome = await this.#pool.run(task, { name: operation, transferList: [...transfer] });
    } catch (cause) {
      throw internalError(`the file operation was lost: ${(cause as Error).message}`, cause);
    }
    if ('fault' in outcome) throw new RpcError(outcome.fault.code, outcome.fault.message);
    return outcome.done;
  }

  /** What is still being done is broken off. */
  async close(): Promise<void> {
    this.#closed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }
}
