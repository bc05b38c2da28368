import { TERMINATE_GRACE_MS } from '../protocol/limits.js';
import type { SandboxType, WriteStatus } from '../protocol/process.js';
import { abortable } from './abortable.js';
import type { ProcessExit } from './completion.js';
import { stdinClosed } from './errors.js';
import { EventReader } from './event-reader.js';
import type { FollowedProcess } from './followed-process.js';
import { outputStream } from './output-stream.js';
import type { ProcessEvent, StreamName } from './process-event.js';
import { type SendInput, StdinWriter } from './stdin-writer.js';

/** What a handle may ask of the executor. All reject as `Client.call` does. */
export interface ProcessControl {
  readonly send: SendInput;
  interrupt(): Promise<void>;
  /** Out: whether it was still running. */
  terminate(): Promise<boolean>;
}

export interface HandleOptions {
  readonly followed: FollowedProcess;
  readonly control: ProcessControl;
  readonly tty: boolean;
  readonly sandboxType: SandboxType | undefined;
}

const STDOUT: readonly StreamName[] = ['stdout', 'pty'];
const STDERR: readonly StreamName[] = ['stderr'];
const EVERYTHING: readonly StreamName[] = ['stdout', 'stderr', 'pty'];

/** Ctrl-C, which a terminal turns into an interrupt for whatever runs in its foreground. */
const INTERRUPT_KEY = '\x03';

/**
 * A process on the executor.
 *
 * Its newest output (256 events, 1 MiB) is kept here for readers; each starts at the first byte and reads at its own
 * pace. A reader left behind fetches what the executor still has (its last 1 MiB); what is gone there too is reported.
 * With `whenBehind: 'wait'` none is left behind.
 *
 * ```ts
 * await using process = await client.start(['sh', '-c', 'echo hello; read line; echo "got $line"'], { stdin: 'pipe' });
 * await process.write('world\n');
 * for await (const bytes of process.stdout) console.log(Buffer.from(bytes).toString());
 * const { exitCode } = await process.exit;
 * ```
 */
export class RemoteProcess implements AsyncDisposable {
  /** Names the process in its session. */
  readonly id: string;
  /** How the executor confines the process; undefined where an old executor does not say. */
  readonly sandboxType: SandboxType | undefined;
  /**
   * How the process ended, as soon as it has ended and all its output has arrived.
   * Rejects with `PROCESS_FAILED`, `SESSION_LOST` or `CLIENT_CLOSED` when that cannot be known.
   */
  readonly exit: Promise<ProcessExit>;
  readonly #followed: FollowedProcess;
  readonly #control: ProcessControl;
  readonly #stdin: StdinWriter;
  readonly #tty: boolean;
  #stdout: ReadableStream<Uint8Array> | undefined;
  #stderr: ReadableStream<Uint8Array> | undefined;
  #output: ReadableStream<Uint8Array> | undefined;

  /** Made by `Client.start`. */
  constructor({ followed, control, tty, sandboxType }: HandleOptions) {
    this.id = followed.processId;
    this.exit = followed.exit;
    this.sandboxType = sandboxType;
    this.#followed = followed;
    this.#control = control;
    this.#tty = tty;
    this.#stdin = new StdinWriter((writeId, bytes) => this.#send(writeId, bytes));
  }

  /** Everything that happens, in order, from the beginning; each loop over it is a reader of its own. Lost output is an event. */
  get events(): AsyncIterable<ProcessEvent> {
    return { [Symbol.asyncIterator]: () => new EventReader(this.#followed) };
  }

  /** What the process writes to its standard output; with a terminal, all output. Errors with `OUTPUT_LOST` where bytes are missing. */
  get stdout(): ReadableStream<Uint8Array> {
    this.#stdout ??= outputStream(this.#followed, STDOUT);
    return this.#stdout;
  }

  /** What the process writes to its standard error; with a terminal, nothing. */
  get stderr(): ReadableStream<Uint8Array> {
    this.#stderr ??= outputStream(this.#followed, STDERR);
    return this.#stderr;
  }

  /** Both streams in the order in which the executor read them. */
  get output(): ReadableStream<Uint8Array> {
    this.#output ??= outputStream(this.#followed, EVERYTHING);
    return this.#output;
  }

  /**
   * Gives the process input; needs `stdin: 'pipe'` or `tty`. Resolves when the executor has accepted it, which waits
   * while the process does not read. A text is sent as UTF-8; bytes must stay as they are until then.
   * Every byte arrives at most once, also across a lost connection (old executors: once or twice then).
   * Errors: `STDIN_CLOSED`, `TOO_MANY_WRITES`, and why the process could not be followed, where it could not.
   */
  async write(input: Uint8Array | string): Promise<void> {
    await this.#stdin.write(input);
  }

  /** Interrupts the process as Ctrl-C does. Without effect on one that has ended. */
  async signal(signal: 'interrupt'): Promise<void> {
    if (this.#followed.isOver) return;
    switch (signal) {
      case 'interrupt':
        // In a terminal the key also reaches a job that a shell has put into the foreground; a signal would not.
        return this.#tty ? await this.#stdin.write(INTERRUPT_KEY) : await this.#control.interrupt();
    }
  }

  /** Kills the process and its group at once; output not yet read from it is lost. Out: whether it was still running. */
  async terminate(): Promise<boolean> {
    if (this.#followed.isOver) return false;
    this.#followed.stopPacing();
    return await this.#control.terminate();
  }

  /**
   * Terminates a process that still runs. Never rejects, and waits 2 s at most: with the connection gone the request goes
   * out as soon as there is one again, or the executor does it in time.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#followed.isOver) return;
    const patience = AbortSignal.timeout(TERMINATE_GRACE_MS);
    await abortable(this.terminate(), 'the terminate', patience).catch(() => {});
  }

  /** An executor would go on accepting, and dropping, what is sent to a process that has ended. */
  async #send(writeId: string, bytes: Uint8Array): Promise<WriteStatus> {
    if (this.#followed.isOver) throw this.#followed.failure ?? stdinClosed('ended');
    return await this.#control.send(writeId, bytes);
  }
}
