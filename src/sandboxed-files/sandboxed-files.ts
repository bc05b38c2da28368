/**
 * File operations in sandboxes: each is done by a helper that has the policy of the request. Helpers are kept for later requests of
 * the same session and policy, as long as a new sandbox would be the same.
 */
import type { Bubblewrap } from '../bubblewrap/bubblewrap.js';
import type { FileTasks } from '../pool/file-calls.js';
import type { ProcessHandle, SupervisorPool } from '../pool/supervisor-pool.js';
import { shuttingDown } from '../protocol/errors.js';
import { SANDBOX_HELPER_GRACE_MS, SANDBOX_HELPER_PATIENCE_MS } from '../protocol/limits.js';
import type { ConfinedPolicy } from '../sandbox/policy.js';
import type { Asked, AskedOperation, HelperResults } from './answers.js';
import { HelperLost, sessionOver, tooManyHelpers } from './failures.js';
import { Helper } from './helper.js';
import { helperPolicy } from './helper-policy.js';
import { type HelperId, HelperTable } from './helper-table.js';
import type { SandboxedOperation } from './messages.js';
import { SandboxedFile } from './sandboxed-file.js';

/** Whom helpers serve. */
export interface HelperSession {
  readonly id: string;
  /** Aborted when the session ends, and its helpers with it. */
  readonly ended: AbortSignal;
}

/** Who asks for what is done in a sandbox. */
export interface Asker {
  readonly session: HelperSession;
  readonly policy: ConfinedPolicy;
  /** Aborted when nobody waits for answers any more. */
  readonly gone: AbortSignal;
}

export interface SandboxedFilesOptions {
  readonly pool: Pick<SupervisorPool, 'startHelper'>;
  /** Errors: -32603 where nothing enforces sandboxes. */
  readonly bubblewrap: () => Bubblewrap;
  /** The largest text that is answered. */
  readonly bodyBytes: number;
  readonly patienceMs?: number;
  readonly graceMs?: number;
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
}

interface Running {
  readonly id: HelperId;
  readonly helper: Helper;
  readonly handle: ProcessHandle;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** The answer to whether its sandbox is up to date, for all that is asked in this turn. */
  check: Promise<boolean> | undefined;
}

/** They change nothing: what a helper left undone may be asked of another. */
const LOOKS: ReadonlySet<AskedOperation> = new Set<AskedOperation>([
  'readFile',
  'getMetadata',
  'canonicalize',
  'readDirectory',
  'walk',
  'discoverRoots',
]);

const looks = (asked: Asked) =>
  LOOKS.has(asked.operation) || (asked.operation === 'openFile' && asked.task.mode === 'read');

export class SandboxedFiles {
  readonly #options: SandboxedFilesOptions;
  readonly #table = new HelperTable();
  readonly #running = new Map<HelperId, Running>();
  readonly #sessions = new WeakSet<HelperSession>();
  /** For which a helper was started ahead, or could have been. */
  readonly #prepared = new WeakSet<HelperSession>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SandboxedFilesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Errors: what the operation says; what is wrong with the policy; -32603 where there are no sandboxes, too many helpers are at work,
   * or the helper fails. What only looks is asked a second time when its helper has failed.
   */
  async run<O extends SandboxedOperation>(
    asker: Asker,
    operation: O,
    task: FileTasks[O]['task'],
  ): Promise<HelperResults[O]> {
    return this.#ask(asker, { operation, task } as Asked & { operation: O }, (_, result) => result);
  }

  /** The file stays open in the helper until it is closed, or the helper fails. Errors: as above. */
  async open(asker: Asker, task: FileTasks['openFile']['task']): Promise<SandboxedFile> {
    return this.#ask(asker, { operation: 'openFile', task }, (running, { fd }) => {
      this.#table.hold(running.id);
      return new SandboxedFile(running.helper, fd, () => {
        this.#table.release(running.id, this.#now());
        this.#settle();
      });
    });
  }

  /**
   * Once in a session, and later than now: starts a helper for this policy, if one is told. It counts like any other: one that has been
   * quiet for longer makes room for it. What becomes of it is told to whoever asks for something.
   */
  prepare(session: HelperSession, policy: () => ConfinedPolicy | undefined): void {
    if (this.#prepared.has(session)) return;
    setImmediate(() => {
      try {
        const foreseen = this.#isClosed || session.ended.aborted ? undefined : policy();
        if (foreseen !== undefined) this.#startAhead(session, foreseen);
      } catch {
        // Foresight is no request: nobody is to be answered.
      }
    });
  }

  /** Ends all helpers; what is under way fails. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { helper } of this.#running.values()) helper.fail(shuttingDown());
  }

  /** `take` is called while the helper still counts as at work. */
  async #ask<A extends Asked, T>(
    asker: Asker,
    asked: A,
    take: (running: Running, result: HelperResults[A['operation']]) => T,
    isRepeated = false,
  ): Promise<T> {
    const running = await this.#helperFor(asker);
    try {
      return take(running, await running.helper.ask(asked, asker.gone));
    } catch (error) {
      if (isRepeated || !(error instanceof HelperLost) || !looks(asked)) throw error;
    } finally {
      this.#table.finish(running.id, this.#now());
      this.#settle();
    }
    return this.#ask(asker, asked, take, true);
  }

  /** One whose sandbox is what a new one would be. A request has begun in it. */
  async #helperFor({ session, policy }: Asker): Promise<Running> {
    const wanted = helperPolicy(policy);
    const key = keyOf(session, wanted);
    for (;;) {
      if (this.#isClosed) throw shuttingDown();
      if (session.ended.aborted) throw sessionOver();
      const known = this.#running.get(this.#table.find(key) ?? 0);
      if (known === undefined) {
        const started = this.#start(key, session, wanted);
        if (started !== undefined) return started;
        if (!this.#table.someAreEnding) throw tooManyHelpers();
        await Promise.race([...this.#running.values()].map(({ ended }) => ended));
        continue;
      }
      this.#table.begin(known.id);
      if ((await this.#stillHolds(known)) && known.helper.isOpen) return known;
      this.#table.retire(known.id);
      this.#table.finish(known.id, this.#now());
      this.#settle();
    }
  }

  #startAhead(session: HelperSession, policy: ConfinedPolicy): void {
    if (this.#prepared.has(session)) return;
    this.#prepared.add(session);
    const wanted = helperPolicy(policy);
    const key = keyOf(session, wanted);
    if (this.#table.find(key) !== undefined) return;
    const started = this.#start(key, session, wanted);
    if (started === undefined) return;
    this.#table.finish(started.id, this.#now());
    this.#settle();
  }

  /** Undefined while there are too many. */
  #start(key: string, session: HelperSession, policy: ConfinedPolicy): Running | undefined {
    const bubblewrap = this.#options.bubblewrap();
    const id = this.#table.open(key, session.id, this.#now());
    if (id === undefined) return undefined;
    this.#table.begin(id);
    const { bodyBytes, patienceMs = SANDBOX_HELPER_PATIENCE_MS, graceMs = SANDBOX_HELPER_GRACE_MS } = this.#options;
    const { promise: ended, resolve: tellEnd } = withResolvers();
    const gone = () => {
      this.#gone(id);
      tellEnd();
    };
    const helper = new Helper({ bodyBytes, patienceMs, graceMs, kill: () => this.#kill(id), gone });
    try {
      const handle = this.#options.pool.startHelper({ policy, bubblewrap }, helper);
      const running = { id, helper, handle, ended, check: undefined };
      this.#running.set(id, running);
      this.#endWith(session);
      this.#settle();
      return running;
    } catch (error) {
      this.#table.gone(id);
      throw error;
    }
  }

  /** The worker is asked once for all who ask in this turn, and not before its end: they may have been sent behind a change. */
  #stillHolds(running: Running): Promise<boolean> {
    running.check ??= Promise.resolve().then(() => {
      running.check = undefined;
      const { link, key } = running.handle;
      return link.check(key);
    });
    return running.check;
  }

  #endWith(session: HelperSession): void {
    if (this.#sessions.has(session)) return;
    this.#sessions.add(session);
    const end = () => {
      for (const id of this.#table.of(session.id)) this.#running.get(id)?.helper.fail(sessionOver());
    };
    session.ended.addEventListener('abort', end, { once: true });
  }

  #settle(): void {
    for (const id of this.#table.settle(this.#now())) this.#running.get(id)?.helper.end();
    clearTimeout(this.#timer);
    const dueMs = this.#table.nextDueMs();
    if (dueMs === undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => this.#settle(), Math.max(dueMs - this.#now(), 1));
    this.#timer.unref();
  }

  #kill(id: HelperId): void {
    this.#table.retire(id);
    const handle = this.#running.get(id)?.handle;
    handle?.link.terminate(handle.key);
  }

  #gone(id: HelperId): void {
    this.#running.delete(id);
    this.#table.gone(id);
    this.#settle();
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}

/** Whom a helper serves: one session under one policy. */
const keyOf = (session: HelperSession, policy: ConfinedPolicy): string => JSON.stringify([session.id, policy]);
