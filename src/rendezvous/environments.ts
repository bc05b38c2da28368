import { Crossing } from './crossing.js';
import type { EnvironmentId } from './environment-id.js';
import type { Link, LinkEvents } from './link.js';
import { type LinkPass, type Rejection, readLinkQuery } from './link-url.js';
import type { LinkRoute } from './request-route.js';
import type { Storage } from './storage.js';

export interface EnvironmentsOptions {
  readonly storage: Storage;
  /** Has signed the addresses of links. */
  readonly secret: Buffer;
  /** Of one environment at once. */
  readonly harnesses?: number | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

export interface Counts {
  readonly executors: number;
  readonly harnesses: number;
  readonly streams: number;
  /** What is held for harnesses, bytes, with what each frame counts for besides. */
  readonly heldBytes: number;
}

/** The crossings of all environments in which somebody is. */
export class Environments {
  readonly #options: EnvironmentsOptions;
  readonly #crossings = new Map<EnvironmentId, Crossing>();

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  crossing(environment: EnvironmentId): Crossing | undefined {
    return this.#crossings.get(environment);
  }

  get counts(): Counts {
    let [executors, harnesses, streams, heldBytes] = [0, 0, 0, 0];
    for (const { executor, counts } of this.#crossings.values()) {
      executors += executor === undefined ? 0 : 1;
      harnesses += counts.harnesses;
      streams += counts.streams;
      heldBytes += counts.heldBytes;
    }
    return { executors, harnesses, streams, heldBytes };
  }

  /** Who may come in by an address; `now` in ms since 1970. */
  async judge(route: LinkRoute | undefined, now: number): Promise<LinkPass | Rejection> {
    if (route === undefined) return 'unknown_route';
    const pass = readLinkQuery(route.environment, route.query, this.#options.secret, now);
    if (typeof pass === 'string') return pass;
    const registration = await this.#options.storage.registration(route.environment);
    if (registration?.id !== pass.registration) return 'unexpected_executor_registration_id';
    if (pass.role === 'executor') return pass;
    const here = this.crossing(pass.environment);
    return here?.executor?.registration === pass.registration && here.hasRoom ? pass : 'route_unavailable';
  }

  /** In the same turn as the verdict. */
  admit({ environment, role, registration, key }: LinkPass, link: Link): LinkEvents {
    const { harnesses, say = () => {} } = this.#options;
    const crossing = this.crossing(environment) ?? new Crossing(harnesses === undefined ? {} : { harnesses });
    this.#crossings.set(environment, crossing);
    const events =
      role === 'executor' ? crossing.attachExecutor(link, { registration, key }) : crossing.attachHarness(link, key);
    say(`${environment}: ${role} connected`);
    return {
      message: (frame) => events.message(frame),
      closed: () => {
        events.closed();
        say(`${environment}: ${role} disconnected`);
        if (crossing.isEmpty && this.crossing(environment) === crossing) this.#crossings.delete(environment);
      },
    };
  }

  /** Lets everybody go. */
  close(): void {
    for (const crossing of [...this.#crossings.values()]) crossing.close('the relay is ending');
  }
}
