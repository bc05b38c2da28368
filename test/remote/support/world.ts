import { randomBytes } from 'node:crypto';
import { fixedBearer } from '#src/credentials/fixed-bearer.js';
import type { CredentialSource } from '#src/credentials/source.js';
import { type LifecycleEvent, lineOf } from '#src/remote/lifecycle.js';
import { RemoteExecutor } from '#src/remote/remote-executor.js';
import type { Accept } from '#src/transport/connection.js';
import { Happenings } from './happenings.js';
import { Harness } from './harness.js';
import { type Script, ScriptedRegistry } from './registry.js';
import { type ExecutorEnd, Rendezvous, type UpgradeAnswer } from './rendezvous.js';
import { Secrets } from './secrets.js';

export const ENVIRONMENT = 'env-1';

export interface WorldOptions {
  /** What serves the streams. */
  readonly accept: Accept;
  /** Made of the token that the registry takes; that token alone unless something else is said. */
  readonly credentials?: (token: string) => CredentialSource;
  /** What the first calls and upgrades get, one each. */
  readonly registrations?: readonly Script[];
  readonly upgrades?: readonly UpgradeAnswer[];
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

  private constructor(
    readonly happenings: Happenings,
    readonly secrets: Secrets,
    readonly registry: ScriptedRegistry,
    readonly rendezvous: Rendezvous,
    credentials: CredentialSource,
    accept: Accept,
  ) {
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

  static async open({
    accept,
    credentials = fixedBearer,
    registrations = [],
    upgrades = [],
  }: WorldOptions): Promise<World> {
    const happenings = new Happenings();
    const secrets = new Secrets();
    const token = `token-${randomBytes(24).toString('hex')}`;
    secrets.keep("the executor's token", token);
    const rendezvous = await Rendezvous.open(happenings);
    rendezvous.next(...upgrades);
    const place = { environmentId: ENVIRONMENT, token, rendezvousUrl: rendezvous.url };
    const registry = await ScriptedRegistry.open({ ...place, happenings, secrets });
    registry.next('register', ...registrations);
    return new World(happenings, secrets, registry, rendezvous, credentials(token), accept);
  }

  harness(): Harness {
    return new Harness((key) => this.registry.bundle(key), this.secrets);
  }

  /** The link with this number, from 0, when it is there. */
  link(index = 0): Promise<ExecutorEnd> {
    return this.rendezvous.link(index);
  }

  /** Resolves as soon as it is so; not when the executor has ended before. */
  async until(isSo: () => boolean): Promise<void> {
    await this.happenings.until(() => isSo() || this.#over !== undefined);
    if (!isSo()) throw new Error('the executor has ended', { cause: this.#over });
  }

  /** All events of one kind so far. */
  told<Name extends LifecycleEvent['event']>(name: Name): Extract<LifecycleEvent, { event: Name }>[] {
    return this.log.filter((event): event is Extract<LifecycleEvent, { event: Name }> => event.event === name);
  }

  /** Ends the executor; out: how its run ended. */
  stop(): Promise<'resolved' | Error> {
    this.#stop.abort();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = await this.stop();
    await this.registry[Symbol.asyncDispose]();
    await this.rendezvous[Symbol.asyncDispose]();
    const spotted = this.secrets.spottedIn(over, ...this.log, ...this.log.map((event) => lineOf(event, new Date(0))));
    if (spotted.length > 0) throw new Error(`the executor has told ${spotted.join(', ')}`);
  }
}
