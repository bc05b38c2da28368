import type { MethodParams, MethodResults } from '../protocol/methods.js';
import type { Notification } from '../protocol/notifications.js';
import type { ReadResult } from '../protocol/process.js';
import { duplicateProcessId } from './errors.js';
import { FollowedProcess, type FollowOptions } from './followed-process.js';
import type { Link } from './link.js';
import type { Flow } from './pacing.js';
import { type SequencedEvent, toldOfEnd } from './process-event.js';
import type { ReadFacts } from './read-placement.js';
import type { Session } from './session.js';

/** Processes asked for, or terminated, at the same time; old servers stall when hundreds of requests wait. */
const AT_ONCE = 32;

type ProcessMethod = Extract<keyof MethodParams, `process/${string}`>;
type RepeatableMethod = Extract<ProcessMethod, 'process/read' | 'process/write' | 'process/terminate'>;

/** How the events of a process are passed on. */
export interface FollowManner extends Pick<FollowOptions, 'tap'> {
  /** Events wait for slow readers, and with them everything else on the connection. */
  readonly waitForReaders: boolean;
}

/** The processes of one client that are followed, by id, and the requests that concern them. */
export class ProcessTable {
  readonly #session: () => Session;
  readonly #processes = new Map<string, FollowedProcess>();

  constructor(session: () => Session) {
    this.#session = session;
  }

  /** Follows a process from its first event on; to be called before its start is sent. Errors: `DUPLICATE_PROCESS_ID`. */
  follow(processId: string, manner: FollowManner): FollowedProcess {
    if (this.#processes.has(processId)) throw duplicateProcessId(processId);
    const followed = new FollowedProcess({
      processId,
      tap: manner.tap,
      flow: manner.waitForReaders ? this.#flow() : undefined,
      read: async (afterSeq) => readFacts(await this.repeat('process/read', readParams(processId, afterSeq))),
      over: (how) => {
        this.#processes.delete(processId);
        if (how === 'abandoned') this.terminateUnseen(processId);
      },
    });
    this.#processes.set(processId, followed);
    return followed;
  }

  /** One process's hold on the connection, on whichever link it is. */
  #flow(): Flow {
    let release: (() => void) | undefined;
    return {
      hold: () => {
        release ??= this.#session().hold();
      },
      release: () => {
        release?.();
        release = undefined;
      },
    };
  }

  /** Sends a request that does no harm twice, again if its answer was lost with the connection. */
  repeat<M extends RepeatableMethod>(method: M, params: MethodParams[M]): Promise<MethodResults[M]> {
    const kind = method === 'process/terminate' ? 'cleanUp' : 'ordinary';
    return this.#session().call(method, params, { kind, repeat: true, sameSession: true });
  }

  /** Terminates a process that nobody follows any more, as soon as there is a connection. */
  terminateUnseen(processId: string): void {
    // Without a session there is nothing left to terminate.
    this.repeat('process/terminate', { processId }).catch(() => {});
  }

  /** Events of processes that are not followed (any more) are ignored. */
  receive({ method, params }: Notification): void {
    switch (method) {
      case 'process/output': {
        const { processId, seq, stream, chunk } = params;
        this.#deliver(processId, { type: 'output', seq, stream, bytes: chunk });
        break;
      }
      case 'process/exited': {
        const { processId, seq, exitCode, sandboxDenied } = params;
        const denied = sandboxDenied ?? undefined;
        this.#deliver(processId, { type: 'exited', seq, exitCode, sandboxDenied: denied, ...toldOfEnd(params) });
        break;
      }
      case 'process/closed':
        this.#deliver(params.processId, { type: 'closed', seq: params.seq });
        break;
      default:
      // Notifications of other families have no owner here.
    }
  }

  /** Asks a resumed session for what was missed. Rejects when the link does not last; a bad answer concerns one process only. */
  async catchUp(link: Link): Promise<void> {
    const waiting = [...this.#processes.values()].filter(({ isStarted }) => isStarted);
    while (waiting.length > 0) {
      await Promise.all(waiting.splice(0, AT_ONCE).map((process) => catchUp(process, link)));
    }
  }

  /** Terminates what may still run, as far as the session can be reached. Never rejects. */
  async terminateAll(): Promise<void> {
    const waiting = [...this.#processes.keys()];
    const terminate = (processId: string) =>
      this.#session().call('process/terminate', { processId }, { sameSession: true });
    while (waiting.length > 0) await Promise.allSettled(waiting.splice(0, AT_ONCE).map(terminate));
  }

  /** Nobody wants what is still to come: no reader holds the connection any more. */
  stopPacing(): void {
    for (const process of this.#processes.values()) process.stopPacing();
  }

  /** The session is over, and every process with it. */
  failAll(error: Error): void {
    for (const process of [...this.#processes.values()]) process.fail(error);
  }

  #deliver(processId: string, event: SequencedEvent): void {
    this.#processes.get(processId)?.receive(event);
  }
}

async function catchUp(process: FollowedProcess, link: Link): Promise<void> {
  const { processId } = process;
  try {
    await process.catchUp(async (afterSeq) =>
      readFacts(await link.call('process/read', readParams(processId, afterSeq))),
    );
  } catch (error) {
    if (!link.isOpen) throw error;
    process.abandon(`failed to recover process ${processId}: ${(error as Error).message}`);
  }
}

const readParams = (processId: string, afterSeq: number) => ({ processId, afterSeq, maxBytes: null, waitMs: 0 });

const readFacts = (result: ReadResult): ReadFacts => {
  const { chunks, nextSeq, exited, exitCode, closed, failure, sandboxDenied, lostBytes } = result;
  return {
    chunks: chunks.map(({ seq, stream, chunk }) => ({ seq, stream, bytes: chunk })),
    nextSeq,
    exited,
    exitCode: exitCode ?? undefined,
    closed,
    failure: failure ?? undefined,
    sandboxDenied: sandboxDenied ?? false,
    lostBytes,
    ...toldOfEnd(result),
  };
};
