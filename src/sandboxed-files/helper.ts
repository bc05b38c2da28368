/** One helper as the main thread knows it: requests go in and answers come out, matched by their ids, until it ends. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { StartedHelper } from '../pool/calls.js';
import type { HelperOwner } from '../pool/worker-link.js';
import { RpcError } from '../protocol/errors.js';
import { SANDBOX_HELPER_JSON_BYTES, SANDBOX_HELPER_STDERR_BYTES } from '../protocol/limits.js';
import { type Answer, type Asked, type HelperResults, readAnswer, readResult } from './answers.js';
import { helperEnded, helperImproper, helperKilled, helperTooSlow, helperUnsupervised } from './failures.js';
import { encodeFrame, type Frame, FrameReader } from './frames.js';
import type { HelperRequest } from './messages.js';
import { encodeTask } from './task-json.js';

export interface HelperOptions {
  /** The largest text that it may answer with. */
  readonly bodyBytes: number;
  /** For one request. */
  readonly patienceMs: number;
  /** Between being told to end and being killed. */
  readonly graceMs: number;
  /** Kills it; its end is told all the same. */
  readonly kill: () => void;
  /** It has ended, or could not be started. Called once. */
  readonly gone: () => void;
}

interface Pending {
  readonly asked: Asked;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: RpcError) => void;
  /** Ends what watches over the time that it takes. */
  unwatch: () => void;
}

type State =
  /** What it is asked meanwhile waits. */
  | { readonly is: 'starting'; readonly waiting: Buffer[] }
  | { readonly is: 'open'; readonly sockets: Sockets }
  /** Nothing can be asked any more; `sockets` are there while it has been started and has not ended. */
  | { readonly is: 'over'; readonly why: RpcError; readonly sockets: Sockets | undefined };

interface Sockets {
  readonly input: Socket;
  readonly output: Socket;
  readonly errors: Socket;
}

export class Helper implements HelperOwner {
  readonly #options: HelperOptions;
  readonly #frames: FrameReader;
  readonly #pending = new Map<number, Pending>();
  #state: State = { is: 'starting', waiting: [] };
  #nextId = 1;
  #said = Buffer.alloc(0);
  #grace: NodeJS.Timeout | undefined;
  /** Nobody is there to be killed. */
  #isGone = false;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#frames = new FrameReader({ jsonBytes: SANDBOX_HELPER_JSON_BYTES, bodyBytes: options.bodyBytes });
  }

  /** Whether it can be asked. */
  get isOpen(): boolean {
    return this.#state.is !== 'over';
  }

  /**
   * Work on whole trees may take any time while `gone` is not aborted; when it is, a copy is told to stop.
   * Errors: what the operation says; -32603 when it takes too long; `HelperLost` when the helper ends before the answer.
   */
  ask<A extends Asked>(asked: A, gone?: AbortSignal): Promise<HelperResults[A['operation']]> {
    if (this.#state.is === 'over') return Promise.reject(this.#state.why);
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const pending: Pending = { asked, resolve, reject, unwatch: () => {} };
      this.#pending.set(id, pending);
      if (asked.operation === 'copy' || asked.operation === 'remove') this.#limitOnce(gone, id, pending);
      else this.#limit(id, pending);
      const { operation } = asked;
      const { task, body } = operation === 'closeFile' ? { task: asked.task, body: undefined } : encodeTask(asked.task);
      this.#send({ id, operation, task } as HelperRequest, body);
    }) as Promise<HelperResults[A['operation']]>;
  }

  /** To be called when nothing is under way: it ends by itself, or is killed. */
  end(): void {
    if (this.#state.is !== 'open') {
      this.fail(helperKilled());
      return;
    }
    const { sockets } = this.#state;
    this.#state = { is: 'over', why: helperKilled(), sockets };
    sockets.input.end();
    this.#grace = setTimeout(() => this.#kill(), this.#options.graceMs);
    this.#grace.unref();
  }

  /** Kills it; what is under way fails for this reason. */
  fail(why: RpcError): void {
    if (this.#state.is === 'over') return;
    this.#over(why);
    this.#kill();
    this.#rejectAll(why);
  }

  // ---- what its supervisor tells --------------------------------------------------------------------

  started(pipes: StartedHelper): void {
    if (this.#state.is !== 'starting') {
      for (const fd of [pipes.input, pipes.output, pipes.errors]) closeSync(fd);
      return;
    }
    const { waiting } = this.#state;
    const sockets = {
      input: new Socket({ fd: pipes.input, readable: false, writable: true }),
      output: new Socket({ fd: pipes.output, readable: true, writable: false }),
      errors: new Socket({ fd: pipes.errors, readable: true, writable: false }),
    };
    this.#state = { is: 'open', sockets };
    // Why something fails is told by the end of the helper.
    for (const socket of Object.values(sockets)) socket.on('error', () => {});
    // Without a reader of its answers it cannot go on.
    sockets.output.on('data', (bytes: Buffer) => this.#take(bytes)).on('close', () => this.#kill());
    sockets.errors.on('data', (bytes: Buffer) => {
      this.#said = Buffer.concat([this.#said, bytes]).subarray(-SANDBOX_HELPER_STDERR_BYTES);
    });
    write(sockets.input, waiting);
  }

  refused(error: RpcError): void {
    this.#gone(error);
  }

  async ended(exitCode: number): Promise<void> {
    this.#isGone = true;
    // What it has said last may still be on its way.
    await this.#silence();
    this.#gone(helperEnded(exitCode, this.#said.toString().trim()));
  }

  lost(): void {
    this.#gone(helperUnsupervised());
  }

  // ---- requests -------------------------------------------------------------------------------------

  #send(request: HelperRequest, body?: Uint8Array): void {
    const parts = encodeFrame(JSON.stringify(request), body);
    if (this.#state.is === 'starting') this.#state.waiting.push(...parts);
    else if (this.#state.is === 'open') write(this.#state.sockets.input, parts);
  }

  #limit(id: number, pending: Pending): void {
    const { patienceMs } = this.#options;
    const timer = setTimeout(() => {
      this.#pending.delete(id);
      pending.reject(helperTooSlow(patienceMs));
      this.fail(helperKilled());
    }, patienceMs);
    timer.unref();
    pending.unwatch = () => clearTimeout(timer);
  }

  /** Once nobody waits for it any more, it has as much time as others. */
  #limitOnce(gone: AbortSignal | undefined, id: number, pending: Pending): void {
    const abandoned = () => {
      if (pending.asked.operation === 'copy') this.#send({ cancel: id });
      this.#limit(id, pending);
    };
    gone?.addEventListener('abort', abandoned, { once: true });
    pending.unwatch = () => gone?.removeEventListener('abort', abandoned);
  }

  // ---- answers --------------------------------------------------------------------------------------

  #take(bytes: Uint8Array): void {
    try {
      for (const frame of this.#state.is === 'over' ? [] : this.#frames.push(bytes)) this.#answered(frame);
    } catch (error) {
      this.fail(helperImproper(error instanceof RangeError ? error.message : 'no JSON'));
    }
  }

  #answered(frame: Frame): void {
    const answer = readAnswer(frame);
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) throw new RangeError('an answer to nothing');
    const settle = settled(pending, answer, frame);
    this.#done(answer.id, pending);
    settle();
  }

  #done(id: number, { unwatch }: Pending): void {
    this.#pending.delete(id);
    unwatch();
  }

  #rejectAll(why: RpcError): void {
    for (const [id, pending] of [...this.#pending]) {
      this.#done(id, pending);
      pending.reject(why);
    }
  }

  #over(why: RpcError): void {
    if (this.#state.is === 'over') return;
    const sockets = this.#state.is === 'open' ? this.#state.sockets : undefined;
    this.#state = { is: 'over', why, sockets };
  }

  /** Resolves when all that was said has been heard: at once, unless somebody else holds its pipes. */
  async #silence(): Promise<void> {
    if (this.#state.is !== 'open') return;
    const { output, errors } = this.#state.sockets;
    const patience = AbortSignal.timeout(this.#options.graceMs);
    await Promise.all([output, errors].map((socket) => finished(socket, { signal: patience }).catch(() => {})));
  }

  #gone(why: RpcError): void {
    this.#isGone = true;
    clearTimeout(this.#grace);
    this.#over(why);
    if (this.#state.is === 'over') for (const socket of Object.values(this.#state.sockets ?? {})) socket.destroy();
    this.#rejectAll(why);
    this.#options.gone();
  }

  #kill(): void {
    if (!this.#isGone) this.#options.kill();
  }
}

/** Together: a system call less. */
function write(socket: Socket, parts: readonly Buffer[]): void {
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}

/** What the answer comes to. Errors: `RangeError` and `SyntaxError` for what is none. */
function settled({ asked, resolve, reject }: Pending, answer: Answer, { body }: Frame): () => void {
  if ('done' in answer) {
    const result = readResult(asked, answer.done, body);
    return () => resolve(result);
  }
  if (body !== undefined) throw new RangeError('bytes with an error');
  const { code, message } = answer.fault;
  return () => reject(new RpcError(code, message));
}
