import { harnessToken } from '#src/credentials/harness-token.js';
import { EnvironmentRoute, type EnvironmentRouteOptions } from '#src/harness/environment-route.js';
import { inlineHandshakes } from '#src/noise/handshakes.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { registryPlace } from '#src/registry/base-url.js';
import type { Accept, Connection } from '#src/transport/connection.js';
import { ENVIRONMENT, HARNESS } from '#test/rendezvous/support/relay-ends.js';

const primitives = await loadPrimitives();

export const newRoute = (registryUrl: string, options: Partial<EnvironmentRouteOptions> = {}): EnvironmentRoute =>
  new EnvironmentRoute({
    place: registryPlace(registryUrl, ENVIRONMENT),
    credentials: harnessToken(HARNESS, undefined, registryUrl),
    environment: {},
    openHandshakes: async () => inlineHandshakes(primitives),
    ...options,
  });

/** The owner of a connection, which remembers. */
export class Owner {
  readonly messages: string[] = [];
  connection: Connection | undefined;
  readonly #told: () => void;
  /** The reason. */
  readonly closed: Promise<string>;
  readonly #closed: (reason: string) => void;

  /** `told`: called at each message. */
  constructor(told: () => void = () => {}) {
    this.#told = told;
    let closed: (reason: string) => void;
    this.closed = new Promise((resolve) => {
      closed = resolve;
    });
    this.#closed = closed!;
  }

  readonly accept: Accept = (connection) => {
    this.connection = connection;
    return {
      message: ({ text }) => {
        this.messages.push(text ?? '');
        this.#told();
      },
      closed: (reason) => this.#closed(reason),
    };
  };
}

export interface Dialling {
  readonly resuming?: boolean;
  readonly signal?: AbortSignal;
}

export function dial(route: EnvironmentRoute, owner = new Owner(), dialling: Dialling = {}): Promise<Connection> {
  const { resuming = false, signal = new AbortController().signal } = dialling;
  return route.dial(owner.accept, { signal, resuming });
}
