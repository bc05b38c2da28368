import { Executor } from '#src/executor.js';
import type { ExecutorLimits } from '#src/limits/executor-limits.js';
import type { ExecutorEvent, Observer } from '#src/observation/executor-event.js';
import { Happenings } from '#test/support/happenings.js';
import { MemoryConnection } from '#test/support/memory-connection.js';

// biome-ignore lint/suspicious/noExplicitAny: what comes back is whatever the executor sent.
type Json = any;

/** An executor in this program, with all that its observer was told. */
export class WatchedExecutor implements AsyncDisposable {
  readonly events: ExecutorEvent[] = [];
  readonly executor: Executor;
  readonly #happenings = new Happenings();

  /** `observer` is told besides. */
  constructor(observer?: Observer, limits?: Partial<ExecutorLimits>) {
    this.executor = new Executor({
      limits,
      observer: {
        digests: true,
        tell: (event) => {
          this.events.push(event);
          observer?.tell(event);
          this.#happenings.happened();
        },
      },
    });
  }

  /** Events of one kind, in their order. */
  told<E extends ExecutorEvent['event']>(event: E): Extract<ExecutorEvent, { event: E }>[] {
    return this.events.filter((told) => told.event === event) as Extract<ExecutorEvent, { event: E }>[];
  }

  async until(isSo: () => boolean): Promise<void> {
    await this.#happenings.until(isSo);
  }

  dial(): WatchedLink {
    return new WatchedLink(this.executor, this.#happenings);
  }

  /** A link with a session, new or resumed. */
  async connect(resumeSessionId: string | null = null): Promise<WatchedLink> {
    const link = this.dial();
    await link.initialize(resumeSessionId);
    return link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executor.close();
  }
}

export class WatchedLink {
  readonly connection: MemoryConnection;
  sessionId = '';
  readonly #happenings: Happenings;
  #nextId = 1;

  constructor(executor: Executor, happenings: Happenings) {
    this.#happenings = happenings;
    this.connection = new MemoryConnection(executor.accept, happenings.happened);
  }

  async initialize(resumeSessionId: string | null = null): Promise<void> {
    const { result } = await this.ask('initialize', { clientName: 'test', resumeSessionId });
    this.sessionId = result.sessionId;
    this.connection.deliver({ method: 'initialized', params: {} });
  }

  /** The whole answer. `more` stands beside the method, such as `trace`. */
  async ask(method: string, params: object, more: object = {}): Promise<Json> {
    const id = this.#nextId++;
    const mine = (message: Json) => message.id === id;
    this.connection.deliver({ id, method, params, ...more });
    await this.#happenings.until(() => this.connection.sent.some(mine));
    return this.connection.sent.find(mine);
  }

  async start(processId: string, argv: readonly string[], more: object = {}): Promise<Json> {
    return this.ask('process/start', { ...{ processId, argv }, cwd: 'file:///', env: {}, tty: false, ...more });
  }
}
