/** One process as its session knows it: where it is in its life, what peers may read of it, and who waits for it. */

import type { ProcessPlace } from '../limits/start-gate.js';
import type { LaunchPlan, WorkersEnd } from '../pool/calls.js';
import type { ProcessHandle, SupervisorPool } from '../pool/supervisor-pool.js';
import type { ProcessOwner } from '../pool/worker-link.js';
import { internalError, type RpcError, startCancelled } from '../protocol/errors.js';
import type { ProcessId, WriteId } from '../protocol/ids.js';
import { CLOSED_PROCESS_RETENTION_MS } from '../protocol/limits.js';
import { osErrorText } from '../protocol/os-error.js';
import type { WriteStatus } from '../protocol/process.js';
import type { EndCause, ProcessEnd } from '../protocol/process-end.js';
import type { RingExit } from '../rings/published-state.js';
import { RingReader } from '../rings/ring-reader.js';
import type { Audience } from './audience.js';
import { closedMessage, exitedMessage, outputMessage } from './event-messages.js';
import { LongPolls } from './long-polls.js';
import type { ProcessWatch } from './process-watch.js';
import { isDue, type ReadView } from './read-result.js';
import { StdinQueue } from './stdin-queue.js';

/** What a peer is told of a process whose worker died. Its exit code is that of a wait that failed. */
const WORKER_LOST = 'the worker that supervised this process has died; the process was killed';
const LOST_EXIT_CODE = -1;
/** It had ended by itself when its worker died, with all that was still to be told of that. */
const UNKNOWN_END: ProcessEnd = { cause: undefined, usage: undefined };

export interface ProcessSurroundings {
  readonly pool: SupervisorPool;
  readonly audience: Audience;
  /** What it takes; told when it has closed and when nothing of it is left. */
  readonly place: ProcessPlace;
  /** How long it may run, ms; Infinity: for ever. */
  readonly deadlineMs: number;
  /** Called when the id is free again: the start failed or was cancelled, or the retention is over. */
  readonly gone: () => void;
  readonly watch?: ProcessWatch | undefined;
}

export class ManagedProcess implements ProcessOwner {
  readonly handle: ProcessHandle;
  /** Resolves when the process runs; rejects with what the peer is to be told. */
  readonly running: Promise<void>;

  readonly #id: ProcessId;
  readonly #idJson: string;
  readonly #audience: Audience;
  readonly #place: ProcessPlace;
  readonly #deadlineMs: number;
  readonly #gone: () => void;
  /** Nothing of it is to be told any more. */
  readonly #over: () => void;
  readonly #watch: ProcessWatch | undefined;
  readonly #stdin: StdinQueue | undefined;
  readonly #polls = new LongPolls();
  #settle!: { readonly resolve: () => void; readonly reject: (error: Error) => void };
  #state: 'starting' | 'running' | 'exited' | 'closed' = 'starting';
  /** Somebody may still ask for it: neither was its start cancelled nor has its session ended. */
  #wanted = true;
  #ring: RingReader | undefined;
  /** The highest number seen so far. */
  #lastSeq = 0;
  #exit: RingExit | undefined;
  #end: ProcessEnd | undefined;
  /** Why it was killed, by the first who asked for it. */
  #killedFor: EndCause | undefined;
  #startedAt = 0;
  #closedSeq: number | undefined;
  #failure: string | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #retention: NodeJS.Timeout | undefined;

  /** Errors: -32603 when no worker runs; then nothing of it is there. */
  constructor(id: ProcessId, plan: LaunchPlan, surroundings: ProcessSurroundings) {
    const { pool, audience, place, deadlineMs, gone, watch } = surroundings;
    this.#id = id;
    this.#idJson = JSON.stringify(id);
    this.#audience = audience;
    this.#place = place;
    this.#deadlineMs = deadlineMs;
    this.#gone = gone;
    this.#watch = watch;
    this.running = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.handle = pool.start(id, plan, audience.attached, this);
    this.#over = pool.processes.begin();
    if (plan.stdio !== 'pipes') this.#stdin = new StdinQueue((bytes) => this.handle.link.write(this.handle.key, bytes));
  }

  get starting(): boolean {
    return this.#state === 'starting';
  }

  get hasClosed(): boolean {
    return this.#state === 'closed';
  }

  get stage(): 'starting' | 'running' | 'ended' {
    return this.#state === 'exited' || this.#state === 'closed' ? 'ended' : this.#state;
  }

  /** Memory of what can be read of its output. */
  get ringBytes(): number {
    return this.#ring?.bytes ?? 0;
  }

  // ---- what peers ask ------------------------------------------------------------------------------

  /** What there is above `afterSeq`; if that is nothing, waits up to `waitMs` for it. An aborted wait ends with what there is. */
  async read(afterSeq: number, maxBytes: number | undefined, waitMs: number, signal: AbortSignal): Promise<ReadView> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const view = this.#view(afterSeq, maxBytes);
      const left = deadline - performance.now();
      // The ring knows an exit a moment before its note comes, which tells the rest of it.
      const isTold = view.exit === undefined || this.#exit !== undefined;
      if (signal.aborted || (isTold && (isDue(view, afterSeq) || left <= 0))) return view;
      await this.#polls.wait(isTold ? afterSeq : view.exit!.seq - 1, isTold ? left : Number.POSITIVE_INFINITY, signal);
    }
  }

  /** Resolves when the chunk has its place in the queue. A write whose `gone` is aborted before that was never made. */
  async write(writeId: WriteId, bytes: Uint8Array, gone: AbortSignal): Promise<WriteStatus> {
    return this.#stdin ? this.#stdin.write(writeId, bytes, gone) : 'stdinClosed';
  }

  /** SIGINT to the group, if it is still there. Errors: -32603 with what the system says. */
  async interrupt(): Promise<void> {
    if (this.#state !== 'running') return;
    const errno = await this.handle.link.interrupt(this.handle.key);
    if (errno !== 0) throw internalError(`failed to signal process: ${osErrorText(errno)}`);
  }

  /** SIGKILL to the group, or the end of a start that is under way. Says whether there was anything to end. */
  terminate(cause: EndCause): boolean {
    switch (this.#state) {
      case 'starting':
        this.#wanted = false;
        this.#killedFor = cause;
        this.#settle.reject(startCancelled(this.#id));
        this.#gone();
        return true;
      case 'running':
        this.#killedFor ??= cause;
        this.#stdin?.terminated();
        this.handle.link.terminate(this.handle.key);
        return true;
      case 'exited':
      case 'closed':
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  /** The session ends: whatever lives is killed, and nobody will ask again. */
  end(cause: EndCause): void {
    this.terminate(cause);
    this.#wanted = false;
    this.#polls.wakeAll();
    if (this.#state === 'exited' || this.#state === 'closed') this.#forget();
  }

  // ---- what the worker tells -----------------------------------------------------------------------

  started(pid: number): void {
    this.#state = 'running';
    this.#startedAt = performance.now();
    this.#watch?.started(this.handle.key, pid);
    if (!this.#wanted) {
      this.handle.link.terminate(this.handle.key);
      return;
    }
    if (this.#deadlineMs !== Number.POSITIVE_INFINITY) {
      this.#deadline = setTimeout(() => this.#overdue(), this.#deadlineMs);
    }
    this.#settle.resolve();
  }

  refused(error: RpcError): void {
    this.#over();
    this.#settle.reject(error);
    this.#place.left();
    if (this.#wanted) this.#gone();
  }

  ring(ring: SharedArrayBuffer): void {
    this.#ring = new RingReader(ring);
  }

  output(seq: number, message: string | Uint8Array | undefined, sent: () => void): void {
    this.#lastSeq = seq;
    if (message === undefined) sent();
    else this.#say(message, sent);
    this.#polls.wake(seq);
  }

  exited(exit: RingExit, { cause, usage }: WorkersEnd): void {
    this.#exited(exit, { cause: cause?.type === 'killed' ? this.#killedFor : cause, usage });
  }

  closed(seq: number): void {
    this.#state = 'closed';
    this.#lastSeq = seq;
    this.#closedSeq = seq;
    this.#place.closed(this.ringBytes);
    this.#say(closedMessage(this.#idJson, seq), this.#over);
    this.#polls.wakeAll();
    if (this.#wanted) this.#retention = setTimeout(() => this.#forget(), CLOSED_PROCESS_RETENTION_MS);
    else this.#forget();
  }

  taken(writes: number): void {
    this.#stdin?.taken(writes);
  }

  /** Its end is told like any other, with a code no process has, and `failure` says why. What was kept stays readable. */
  lost(): void {
    if (this.#state === 'starting') {
      this.refused(internalError(WORKER_LOST));
      return;
    }
    // What the worker had put into the ring and not yet told, so that no number is missing.
    const { chunks, exit } = this.#view(this.#lastSeq, undefined);
    for (const { seq, stream, bytes } of chunks) {
      if (exit && exit.seq < seq && this.#state === 'running') this.#exited(exit, UNKNOWN_END);
      this.output(seq, outputMessage(this.#idJson, seq, stream, bytes), () => {});
    }
    this.#failure = WORKER_LOST;
    if (this.#state === 'running') {
      if (exit) this.#exited(exit, UNKNOWN_END);
      else this.#exited({ seq: this.#lastSeq + 1, exitCode: LOST_EXIT_CODE, sandboxDenied: false }, this.#lostEnd());
    }
    this.closed(this.#lastSeq + 1);
  }

  // --------------------------------------------------------------------------------------------------

  #exited(exit: RingExit, end: ProcessEnd): void {
    const { seq, exitCode, sandboxDenied } = exit;
    this.#state = 'exited';
    this.#lastSeq = seq;
    this.#exit = exit;
    this.#end = end;
    clearTimeout(this.#deadline);
    this.#stdin?.exited();
    this.#watch?.ended(this.handle.key, exitCode, end);
    this.#say(exitedMessage(this.#idJson, seq, exitCode, sandboxDenied, this.#audience.hearsEnds ? end : undefined));
    this.#polls.wake(seq);
  }

  #overdue(): void {
    this.#watch?.overdue();
    this.terminate({ type: 'deadline' });
  }

  #lostEnd(): ProcessEnd {
    const wallMs = Math.round(performance.now() - this.#startedAt);
    return { cause: this.#killedFor ?? { type: 'workerLost' }, usage: { wallMs } };
  }

  /** The ring knows everything as soon as it is true, the notes a moment later; before the first output there are only notes. */
  #view(afterSeq: number, maxBytes: number | undefined): ReadView {
    const kept = this.#ring?.snapshot(afterSeq, maxBytes);
    const limited = maxBytes !== undefined && kept !== undefined && kept.chunks.length > 0;
    return {
      chunks: kept?.chunks ?? [],
      // A dead worker has not written down the end that was told in its place.
      nextSeq: kept && (limited || !this.#failure) ? kept.nextSeq : this.#lastSeq + 1,
      exit: kept?.exit ?? this.#exit,
      closedSeq: kept?.closedSeq ?? this.#closedSeq,
      lostBytes: kept?.lostBytes ?? 0,
      firstRetainedSeq: kept?.firstRetainedSeq ?? 1,
      failure: this.#failure,
      end: this.#end,
    };
  }

  /** The id of a process that nobody wants may be another's by now, which must not be told of its events. */
  #say(message: string | Uint8Array, sent?: () => void): void {
    if (this.#wanted) this.#audience.send(message, sent);
    else sent?.();
  }

  #forget(): void {
    clearTimeout(this.#retention);
    this.#ring = undefined;
    this.#place.left();
    this.handle.link.forget(this.handle.key);
    if (this.#wanted) this.#gone();
  }
}
