/**
 * The audit file: one line for each operation, appended. It never holds up what it tells of: lines wait in memory while the disk
 * takes earlier ones, and while it takes none (it is full, say), as far as there is room; then the newest are lost, and counted.
 */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { AUDIT_QUEUE_BYTES } from '../protocol/limits.js';
import { auditLine } from './audit-line.js';
import type { ExecutorEvent, Observer } from './executor-event.js';
import { LineQueue } from './line-queue.js';

/** After a failure it is tried again with the first line that comes so much later, ms. */
const RETRY_MS = 1000;

export interface AuditOptions {
  readonly path: string;
  /** Told when writing begins to fail, and when it works again. */
  readonly warn: (message: string) => void;
  /** A clock that never goes back, ms. */
  readonly now?: () => number;
}

export class AuditFile implements Observer, AsyncDisposable {
  readonly digests = true;
  readonly #options: AuditOptions;
  readonly #queue = new LineQueue(AUDIT_QUEUE_BYTES);
  readonly #now: () => number;
  #file: FileHandle;
  #failedAt: number | undefined;
  /** Writes and changes of the file, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isScheduled = false;
  #closed = false;

  private constructor(options: AuditOptions, file: FileHandle) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#file = file;
  }

  /** Appends to the file, which is made if it is missing, for its owner only. Errors: the system's. */
  static async open(options: AuditOptions): Promise<AuditFile> {
    return new AuditFile(options, await openFile(options.path));
  }

  /** Lines that are in no file. */
  get lost(): number {
    return this.#queue.lost;
  }

  readonly tell = (event: ExecutorEvent): void => {
    if (event.event !== 'requestAnswered' || this.#closed) return;
    this.#queue.push(auditLine(event, new Date()));
    if (this.#failedAt === undefined || this.#now() - this.#failedAt >= RETRY_MS) this.#schedule();
  };

  /** Goes on in the file that has the name now: the other one was moved away. If it cannot be had, the old one is kept. */
  async reopen(): Promise<void> {
    await this.#next(async () => {
      let file: FileHandle;
      try {
        file = await openFile(this.#options.path);
      } catch (error) {
        this.#options.warn(`the audit log cannot be opened again, and goes on where it was: ${codeOf(error)}`);
        return;
      }
      await this.#file.close().catch(() => {});
      this.#file = file;
      this.#queue.beginAnew();
      await this.#writeAll();
    });
  }

  /** Resolves when everything is in the file that it takes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#next(() => this.#writeAll());
    await this.#file.close().catch(() => {});
    if (this.#queue.lines > 0) this.#options.warn(`the audit log lacks its last lines: ${this.#queue.lines}`);
    this.#queue.giveUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Lines of one turn, and those that come during a write, go together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      void this.#next(() => {
        this.#isScheduled = false;
        return this.#writeAll();
      });
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queue.lines > 0) {
        const { bytesWritten } = await this.#file.writev(this.#queue.rest);
        this.#queue.took(bytesWritten);
      }
    } catch (error) {
      if (this.#failedAt === undefined) {
        this.#options.warn(`the audit log cannot be written, and operations go on: ${codeOf(error)}`);
      }
      this.#failedAt = this.#now();
      return;
    }
    if (this.#failedAt === undefined) return;
    this.#failedAt = undefined;
    this.#options.warn(`the audit log is written again; lines lost: ${this.#queue.lost}`);
  }
}

const { O_APPEND, O_CREAT, O_WRONLY } = constants;

const openFile = (path: string): Promise<FileHandle> => open(path, O_APPEND | O_CREAT | O_WRONLY, 0o600);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';
