import { GAP_PATIENCE_MS } from '../protocol/limits.js';
import {
  type Completion,
  type CompletionInput,
  INITIAL_COMPLETION,
  type ProcessExit,
  stepCompletion,
} from './completion.js';
import { type Deferred, deferred } from './deferred.js';
import { processFailed, RefusedError } from './errors.js';
import { type EventKind, EventLog, type Next } from './event-log.js';
import { EventMerge } from './event-merge.js';
import { type Flow, type PacedReader, Pacing } from './pacing.js';
import type { ProcessEvent, SequencedEvent } from './process-event.js';
import { placeRead, type ReadFacts } from './read-placement.js';
import { SharedRead } from './shared-read.js';

/** Asks the executor for everything it keeps of the process above a number. */
export type ReadAfter = (afterSeq: number) => Promise<ReadFacts>;

export interface FollowOptions {
  readonly processId: string;
  readonly read: ReadAfter;
  /** Sees every event in order and at once, before any reader. Must not throw. */
  readonly tap?: ((event: ProcessEvent) => void) | undefined;
  /** The process is over; called once. `abandoned`: it may still run, but cannot be followed any more. */
  readonly over: (how: 'ended' | 'abandoned') => void;
  /** Given when events are to wait for readers instead of leaving them behind. */
  readonly flow?: Flow | undefined;
}

/** What is known of a process by a read that was never made. */
const NO_FACTS: Omit<ReadFacts, 'nextSeq'> = {
  chunks: [],
  exited: false,
  exitCode: undefined,
  closed: false,
  failure: undefined,
  sandboxDenied: false,
};

/**
 * One process as its events arrive: puts them in order, keeps the newest for readers, and finds out how it ended.
 * Reads are made only where the machines ask for one: a gap that lasts, a doubtful exit, a reader left behind.
 */
export class FollowedProcess {
  readonly processId: string;
  /** How the process ended. Rejects with `PROCESS_FAILED`, `SESSION_LOST` or `CLIENT_CLOSED` when that cannot be known. */
  readonly exit: Promise<ProcessExit>;
  readonly #exit: Deferred<ProcessExit>;
  readonly #options: FollowOptions;
  readonly #merge = new EventMerge();
  readonly #log = new EventLog();
  #completion: Completion = INITIAL_COMPLETION;
  #started = false;
  #failure: Error | undefined;
  /** Asked for by the completion machine before the process had started. */
  #askWhenStarted = false;
  #gapWatch: { readonly missing: number; readonly timer: NodeJS.Timeout } | undefined;
  #filling = false;
  readonly #rereads: SharedRead;
  readonly #wakers = new Set<() => void>();
  readonly #pacing: Pacing | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.processId = options.processId;
    this.#pacing = options.flow && new Pacing(this.#log, options.flow);
    this.#rereads = new SharedRead(options.read);
    this.#exit = deferred();
    this.exit = this.#exit.promise;
    // Whoever never asks for the exit must not be ended by an unhandled rejection.
    this.exit.catch(() => {});
  }

  /** The executor has answered the start; reads are possible from now on. */
  started(): void {
    this.#started = true;
    if (this.#askWhenStarted) this.#ask();
    this.#watchGap();
  }

  get isStarted(): boolean {
    return this.#started;
  }

  get isOver(): boolean {
    return this.#failure !== undefined || this.#completion.phase === 'ended';
  }

  /** An event as it came from the wire. */
  receive(event: SequencedEvent): void {
    if (this.isOver) return;
    const { ready, overflow } = this.#merge.receive(event);
    this.#take(ready);
    if (overflow) void this.#fillGap();
    else this.#watchGap();
  }

  /** After a resume: asks on the new link for what was missed. Rejects as `read` does; the process is failed only by its own faults. */
  async catchUp(read: ReadAfter): Promise<void> {
    if (this.isOver) return;
    this.#takeRead(await read(this.#merge.delivered), 'overheard');
  }

  /** Ends the following; idempotent. Readers get what has arrived, then the error. */
  fail(error: Error): void {
    this.#conclude(error, 'ended');
  }

  /** Ends the following of a process that may still run. */
  abandon(message: string): void {
    this.#conclude(processFailed(message), 'abandoned');
  }

  /** Events wait for this reader from now on, where they wait at all. */
  addReader(reader: PacedReader): void {
    this.#pacing?.add(reader);
  }

  removeReader(reader: PacedReader): void {
    this.#pacing?.remove(reader);
  }

  /** A reader has moved on. */
  readerMoved(): void {
    this.#pacing?.update();
  }

  /** Events wait for nobody any more: what is still to come is not wanted. */
  stopPacing(): void {
    this.#pacing?.stop();
  }

  /** For a reader of those kinds that has everything up to `after`. */
  next(after: number, kinds: readonly EventKind[]): Next {
    return this.#log.next(after, kinds);
  }

  /** Why there will be no more events, if not because of `closed`. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Calls back once, at the next change. Returns the way to take that back. */
  onChange(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => this.#wakers.delete(wake);
  }

  /**
   * The events after number `after`, for a reader whose next one is no longer in the log: from the executor's memory,
   * or where that has gone too, what is left and how much is lost. `bytes`: of output up to `after`, see Known.
   */
  async reread(after: number, bytes: number | undefined): Promise<readonly ProcessEvent[]> {
    const facts = await this.#askExecutor(after);
    if (facts !== undefined) this.#takeRead(facts, 'overheard');
    const nextSeq = this.#merge.delivered + 1;
    // An executor that forgot the process, or all of this part of it, still leaves us what we know ourselves.
    const usable = facts !== undefined && facts.nextSeq > after + 1 ? facts : { ...NO_FACTS, nextSeq };
    const early = this.#log.keptAfter(after).filter((event): event is SequencedEvent => event.type !== 'lost');
    const exit = this.#merge.exit;
    if (exit !== undefined && exit.seq > after) early.push(exit);
    const placement = placeRead({ after, bytes, early, exitKnown: exit !== undefined }, usable);
    if (!placement.ok) throw processFailed(placement.fault);
    return placement.events;
  }

  async #askExecutor(after: number): Promise<ReadFacts | undefined> {
    try {
      return await this.#rereads.ask(after, this.#merge.delivered);
    } catch (error) {
      // Of a process that is over nobody may be left to ask, which must not cost a reader what we have.
      if (error instanceof RefusedError || this.isOver) return undefined;
      throw error;
    }
  }

  #take(events: readonly ProcessEvent[]): void {
    for (const event of events) {
      this.#log.append(event);
      this.#options.tap?.(event);
      this.#advance({ type: 'event', event });
    }
    if (events.length === 0) return;
    this.#pacing?.update();
    this.#wake();
  }

  #takeRead(read: ReadFacts, as: 'answer' | 'overheard'): void {
    if (this.isOver) return;
    const placement = this.#merge.fill(read);
    if (!placement.ok) {
      this.abandon(`failed to recover process ${this.processId}: ${placement.fault}`);
      return;
    }
    if (placement.lostBytes !== 0) this.#advance({ type: 'lostBytes', bytes: placement.lostBytes });
    this.#take(placement.events);
    this.#advance({ type: as, read });
    this.#watchGap();
  }

  #advance(input: CompletionInput): void {
    if (this.isOver) return;
    const { next, ask } = stepCompletion(this.#completion, input);
    this.#completion = next;
    if (ask) this.#ask();
    if (next.phase === 'failed') this.fail(processFailed(next.message));
    if (next.phase !== 'ended') return;
    this.#exit.resolve(next.exit);
    this.#stop('ended');
  }

  #ask(): void {
    if (this.#started) void this.#readInto('answer');
    else this.#askWhenStarted = true;
  }

  #watchGap(): void {
    const missing = this.isOver ? undefined : this.#merge.missing;
    if (missing === this.#gapWatch?.missing) return;
    this.#stopWatching();
    if (missing === undefined || !this.#started) return;
    this.#gapWatch = { missing, timer: setTimeout(() => void this.#fillGap(), GAP_PATIENCE_MS) };
  }

  #stopWatching(): void {
    clearTimeout(this.#gapWatch?.timer);
    this.#gapWatch = undefined;
  }

  /** One read at a time; a gap that is still there afterwards is watched anew. */
  async #fillGap(): Promise<void> {
    this.#stopWatching();
    if (this.#filling || !this.#started) return;
    this.#filling = true;
    await this.#readInto('overheard');
    this.#filling = false;
    this.#watchGap();
  }

  /** Never rejects: a read that cannot be made ends the following. */
  async #readInto(as: 'answer' | 'overheard'): Promise<void> {
    try {
      this.#takeRead(await this.#options.read(this.#merge.delivered), as);
    } catch (error) {
      // Without effect where the session ended: that has failed the process already.
      this.abandon(`failed to read process ${this.processId}: ${(error as Error).message}`);
    }
  }

  #conclude(error: Error, how: 'ended' | 'abandoned'): void {
    if (this.isOver) return;
    this.#failure = error;
    this.#exit.reject(error);
    this.#stop(how);
  }

  #stop(how: 'ended' | 'abandoned'): void {
    this.#stopWatching();
    this.stopPacing();
    this.#options.over(how);
    this.#wake();
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }
}
