import type { Client } from '#src/client/client.js';
import { Executor } from '#src/executor.js';
import { connect } from '#src/index.js';
import type { LifecycleEvent } from '#src/remote/lifecycle.js';
import { RemoteExecutor } from '#src/remote/remote-executor.js';
import { parsePublicUrl } from '#src/rendezvous/public-url.js';
import type { RelayServer } from '#src/rendezvous/relay-server.js';
import { type EventOf, eventsOf } from '#test/remote/support/events-of.js';
import { ENVIRONMENT, EXECUTOR, HARNESS, startRelay } from '#test/rendezvous/support/relay-ends.js';
import { Happenings } from '#test/support/happenings.js';
import { FrameProxy } from './frame-proxy.js';
import type { ProxiedLink } from './proxied-link.js';

/** An executor, its clients and the relay between them, with all links through a proxy that makes trouble. */
export class RelayWorld implements AsyncDisposable {
  /** What the executor has told of itself. */
  readonly log: LifecycleEvent[] = [];
  readonly happenings = new Happenings();
  readonly #clients: Client[] = [];
  readonly #executor = new Executor();
  readonly #stop = new AbortController();
  readonly #serving: Promise<void>;

  private constructor(
    readonly proxy: FrameProxy,
    readonly relay: RelayServer,
  ) {
    const remote = RemoteExecutor.withBearerToken({
      registryUrl: relay.address,
      environmentId: ENVIRONMENT,
      token: EXECUTOR,
      accept: this.#executor.accept,
      environment: {},
      log: (event) => {
        this.log.push(event);
        this.happenings.happened();
      },
    });
    this.#serving = remote.run(this.#stop.signal);
  }

  /** Resolves when the executor has its link. */
  static async open(): Promise<RelayWorld> {
    const proxy = await FrameProxy.open();
    const relay = await startRelay({ publicUrl: parsePublicUrl(proxy.url) });
    proxy.relay = relay.address;
    const world = new RelayWorld(proxy, relay);
    await world.happenings.until(() => world.told('connected').length > 0);
    return world;
  }

  /** A client of its own identity; closed with the world. */
  async connect(): Promise<Client> {
    const client = await connect(`${this.relay.address}/${ENVIRONMENT}`, { token: HARNESS });
    client.onStateChange(() => this.happenings.happened());
    this.#clients.push(client);
    return client;
  }

  /** The same with its present link, by which its later ones are known too. */
  async connectOn(): Promise<{ readonly client: Client; readonly link: ProxiedLink }> {
    const before = new Set(this.proxy.links);
    const client = await this.connect();
    const link = this.proxy.whole('harness').find((each) => !before.has(each))!;
    return { client, link };
  }

  get executorLink(): ProxiedLink {
    return this.proxy.whole('executor').at(-1)!;
  }

  /** All events of one kind so far. */
  told<Name extends LifecycleEvent['event']>(name: Name): EventOf<Name>[] {
    return eventsOf(this.log, name);
  }

  /** Resolves as soon as it is so. */
  until(isSo: () => boolean): Promise<void> {
    return this.happenings.until(isSo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#stop.abort();
    await this.#serving;
    await this.#executor.close();
    await this.relay.close();
    await this.proxy[Symbol.asyncDispose]();
  }
}
