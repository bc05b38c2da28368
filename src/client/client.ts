import type { EnvironmentInfo } from '../protocol/environment.js';
import { ENVIRONMENT_STATUS_TIMEOUT_MS, TERMINATE_GRACE_MS } from '../protocol/limits.js';
import type { Method, MethodParams, MethodResults } from '../protocol/methods.js';
import type { StartResult } from '../protocol/process.js';
import { abortable } from './abortable.js';
import { CollectedOutput } from './collected-output.js';
import { deferred } from './deferred.js';
import { clientClosed, outputTooLarge, RefusedError } from './errors.js';
import { RemoteFiles } from './files/remote-files.js';
import { withFiniteInput } from './finite-input.js';
import type { FollowOptions } from './followed-process.js';
import type { CallOptions } from './link.js';
import { ProcessTable } from './process-table.js';
import { RemoteProcess } from './remote-process.js';
import { RunResult } from './run-result.js';
import { type ClientState, Session } from './session.js';
import { type StartOptions, startRequest } from './start-request.js';
import type { Target } from './target.js';

export interface StartCommandOptions extends StartOptions {
  /** Terminates the process; before its start was answered, `start` rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions extends Omit<StartOptions, 'stdin' | 'whenBehind'> {
  /** What the command reads, to its end. Needs `/bin/sh` and `head` on the executor. Default: an empty input. */
  readonly input?: Uint8Array | string | undefined;
  /** Output kept, bytes. A command that writes more is terminated and `run` rejects with `OUTPUT_TOO_LARGE`. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** Terminates the command; `run` rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * A session with an executor. It survives lost connections: processes run on, their output is fetched afterwards, and
 * operations wait for up to 45 s (through a relay 75 s). After a failure the next operation opens a fresh session.
 *
 * ```ts
 * await using client = await connect('ws://127.0.0.1:4500');
 * const { stdoutText } = await client.run(['uname', '-a']);
 * ```
 */
export class Client implements AsyncDisposable {
  /** The files of the executor. */
  readonly files: RemoteFiles;
  readonly #processes: ProcessTable = new ProcessTable(() => this.#session);
  readonly #session: Session;
  readonly #listeners = new Set<(state: ClientState) => void>();
  #closing: Promise<void> | undefined;

  /** Made by `connect`. Opens nothing until the first operation. */
  constructor(target: Target) {
    this.#session = new Session(target, {
      notified: (_link, notification) => this.#processes.receive(notification),
      catchUp: (link) => this.#processes.catchUp(link),
      failed: (error) => this.#processes.failAll(error),
      changed: (state) => this.#tell(state),
    });
    this.files = new RemoteFiles(this.#session);
  }

  /** What the executor says of itself; undefined where a very old one does not. */
  get environment(): EnvironmentInfo | undefined {
    return this.#session.environment;
  }

  /** Names the session while there is one. */
  get sessionId(): string | undefined {
    return this.#session.sessionId;
  }

  get state(): ClientState {
    return this.#session.state;
  }

  /**
   * Calls back after each change of `state`. Returns the way to stop that.
   *
   * ```ts
   * const stop = client.onStateChange((state) => console.error(`executor: ${state}`));
   * ```
   */
  onStateChange(listener: (state: ClientState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when there is a session. Errors as for every operation: see `call`. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#session.ready({ signal });
  }

  /**
   * Starts a command and returns as soon as the executor has.
   * Errors: `REFUSED` (such as -32603 `No such file or directory (os error 2)`), `BAD_ARGUMENT`, and those of `call`.
   *
   * ```ts
   * const process = await client.start(['sleep', '60'], { cwd: '/tmp', signal: AbortSignal.timeout(5_000) });
   * const { exitCode } = await process.exit; // 137
   * ```
   */
  async start(argv: readonly string[], options: StartCommandOptions = {}): Promise<RemoteProcess> {
    return await this.#start(argv, options);
  }

  /**
   * Runs a command to its end and returns everything it wrote.
   * Errors: those of `start`; `ABORTED`, `OUTPUT_TOO_LARGE`; `PROCESS_FAILED` or `SESSION_LOST` when its end cannot be known.
   *
   * ```ts
   * const { exitCode, stdoutText } = await client.run(['sort', '-r'], { input: 'a\nb\n' });
   * ```
   */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { input = '', maxOutputBytes = MAX_OUTPUT_BYTES, signal, ...start } = options;
    const bytes = typeof input === 'string' ? Buffer.from(input) : input;
    const command = withFiniteInput({ argv, options: start }, bytes.length);
    const tooLarge = deferred<never>();
    // Nobody may be waiting yet when a command floods its start.
    tooLarge.promise.catch(() => {});
    const collected = new CollectedOutput(maxOutputBytes, () => tooLarge.reject(outputTooLarge(maxOutputBytes)));

    const process = await this.#start(command.argv, { ...command.options, signal }, (event) => collected.take(event));
    try {
      // A command need not read all of its input; how it ends is what counts.
      if (bytes.length > 0) process.write(bytes).catch(() => {});
      const exit = await abortable(Promise.race([process.exit, tooLarge.promise]), 'the command', signal);
      return new RunResult(exit, collected);
    } finally {
      // Not waited for: an executor that no longer answers must not hold up whoever has given up.
      void process.terminate().catch(() => {});
    }
  }

  /** Asks the executor whether it is well; `ready` is the only answer there is. Errors: `TIMED_OUT` after 10 s, and those of `call`. */
  async status(options: CallOptions = {}): Promise<'ready'> {
    const patience = { timeoutMs: ENVIRONMENT_STATUS_TIMEOUT_MS, ...options };
    const { status } = await this.#session.call('environment/status', null, { ...patience, repeat: true });
    return status;
  }

  /**
   * Calls a method of the protocol as it is. Not repeated: when the connection is lost on the way, it may have happened.
   * Errors: `REFUSED`; `CONNECT_FAILED`, `DISCONNECTED`, `SESSION_LOST`, `BAD_ANSWER`; `TIMED_OUT`, `ABORTED`;
   * `TOO_MANY_CALLS`, `CLIENT_CLOSED`.
   *
   * ```ts
   * const { isDirectory } = await client.call('fs/getMetadata', { path: 'file:///tmp' });
   * ```
   */
  call<M extends Method>(method: M, params: MethodParams[M], options: CallOptions = {}): Promise<MethodResults[M]> {
    return this.#session.call(method, params, options);
  }

  /** Terminates what still runs (waiting up to 2 s for that) and ends the session. Idempotent; nothing of the client is left afterwards. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#processes.stopPacing();
    if (this.#session.state === 'connected') {
      const patience = AbortSignal.timeout(TERMINATE_GRACE_MS);
      await abortable(this.#processes.terminateAll(), 'terminating', patience).catch(() => {});
    }
    this.#processes.failAll(clientClosed());
    await this.#session.close();
    this.#listeners.clear();
  }

  async #start(
    argv: readonly string[],
    { signal, ...options }: StartCommandOptions,
    tap?: FollowOptions['tap'],
  ): Promise<RemoteProcess> {
    const link = await this.#session.ready({ signal });
    const request = startRequest(argv, options, this.environment);
    const { processId } = request;
    const followed = this.#processes.follow(processId, { tap, waitForReaders: options.whenBehind === 'wait' });
    const answer = link.call('process/start', request);
    let started: StartResult;
    try {
      started = await abortable(answer, 'the start', signal);
    } catch (error) {
      followed.fail(error as Error);
      if (!(error instanceof RefusedError)) void this.#terminateOnceStarted(processId, answer);
      throw error;
    }
    followed.started();

    const process = new RemoteProcess({
      followed,
      tty: request.tty,
      sandboxType: started.sandboxType ?? undefined,
      control: {
        send: async (writeId, bytes) => {
          const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
          const { status } = await this.#processes.repeat('process/write', { processId, chunk, writeId });
          return status;
        },
        interrupt: async () => {
          await this.#session.call('process/signal', { processId, signal: 'interrupt' }, { sameSession: true });
        },
        terminate: async () => {
          const { running } = await this.#processes.repeat('process/terminate', { processId });
          return running;
        },
      },
    });
    if (signal !== undefined) this.#terminateOn(signal, process);
    return process;
  }

  /** A start that its caller gave up, or whose answer was lost, may still come to something. */
  async #terminateOnceStarted(processId: string, answer: Promise<unknown>): Promise<void> {
    await answer.catch(() => {});
    this.#processes.terminateUnseen(processId);
  }

  #terminateOn(signal: AbortSignal, process: RemoteProcess): void {
    const abort = () => void process.terminate().catch(() => {});
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    const forget = () => signal.removeEventListener('abort', abort);
    process.exit.then(forget, forget);
  }

  /** A listener that throws is a fault of its own: it must not disturb the session. */
  #tell(state: ClientState): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(state));
  }
}
