import { fixedBearer } from '#src/credentials/fixed-bearer.js';
import type { CredentialSource } from '#src/credentials/source.js';
import { type LifecycleEvent, lineOf } from '#src/remote/lifecycle.js';
import { RemoteExecutor } from '#src/remote/remote-executor.js';
import type { Accept } from '#src/transport/connection.js';
import type { Happenings } from '#test/support/happenings.js';
import { type EventOf, eventsOf } from './events-of.js';
import type { Harness } from './harness.js';
import type { ScriptedRegistry } from './registry.js';
import type { ExecutorEnd, Rendezvous } from './rendezvous.js';
import type { Secrets } from './secrets.js';
import { ENVIRONMENT, type Scripts, Surroundings } from './surroundings.js';

export interface WorldOptions extends Scripts {
  /** What serves the streams. */
  readonly accept: Accept;
  /** Made of the token that the registry takes; that token alone unless something else is said. */
  readonly credentials?: (token: string) => CredentialSource;
}

/**
 * An executor in remote mode in the midst of those who may be its enemies. At the end of a world it is looked at whether the
 * executor has told anybody anything that is secret.
 */
export class World implements AsyncDisposable {
  /** How the run of the executor ended. */
  readonly ended: Promise<'resolved' | Error>;
  /** What the executor has told of itself. */
  readonly log: LifecycleEvent[] = [];
  readonly #stop = new AbortController();
  #over: 'resolved' | Error | undefined;

  readonly happenings: Happenings;
  readonly secrets: Secrets;
  readonly registry: ScriptedRegistry;
  readonly rendezvous: Rendezvous;
  readonly #around: Surroundings;

  private constructor(around: Surroundings, credentials: CredentialSource, accept: Accept) {
    const { happenings, secrets, registry, rendezvous } = around;
    this.#around = around;
    this.happenings = happenings;
    this.secrets = secrets;
    this.registry = registry;
    this.rendezvous = rendezvous;
    const remote = new RemoteExecutor({
      registryUrl: registry.url,
      environmentId: ENVIRONMENT,
      credentials,
      accept,
      environment: {},
      log: (event) => {
        this.log.push(event);
        happenings.happened();
      },
    });
    this.ended = remote
      .run(this.#stop.signal)
      .then(
        () => 'resolved' as const,
        (error: Error) => error,
      )
      .then((over) => {
        this.#over = over;
        happenings.happened();
        return over;
      });
  }

  static async open({ accept, credentials = fixedBearer, ...scripts }: WorldOptions): Promise<World> {
    const around = await Surroundings.open(scripts);
    return new World(around, credentials(around.token), accept);
  }

  harness(): Harness {
    return this.#around.harness();
  }

  /** The link with this number, from 0, when it is there. */
  link(index = 0): Promise<ExecutorEnd> {
    return this.#around.link(index);
  }

  /** Resolves as soon as it is so; not when the executor has ended before. */
  async until(isSo: () => boolean): Promise<void> {
    await this.happenings.until(() => isSo() || this.#over !== undefined);
    if (!isSo()) throw new Error('the executor has ended', { cause: this.#over });
  }

  /** All events of one kind so far. */
  told<Name extends LifecycleEvent['event']>(name: Name): EventOf<Name>[] {
    return eventsOf(this.log, name);
  }

  /** Ends the executor; out: how its run ended. */
  stop(): Promise<'resolved' | Error> {
    this.#stop.abort();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = await this.stop();
    await this.#around[Symbol.asyncDispose]();
    const spotted = this.secrets.spottedIn(over, ...this.log, ...this.log.map((event) => lineOf(event, new Date(0))));
    if (spotted.length > 0) throw new Error(`the executor has told ${spotted.join(', ')}`);
  }
}
