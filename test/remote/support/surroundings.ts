import { randomBytes } from 'node:crypto';
import { Happenings } from '#test/support/happenings.js';
import { Harness } from './harness.js';
import { type Script, ScriptedRegistry } from './registry.js';
import { type ExecutorEnd, Rendezvous, type UpgradeAnswer } from './rendezvous.js';
import { Secrets } from './secrets.js';

export const ENVIRONMENT = 'env-1';

/** What the first calls and upgrades get, one each. */
export interface Scripts {
  readonly registrations?: readonly Script[];
  readonly upgrades?: readonly UpgradeAnswer[];
}

/** Everybody around one executor: a registry, a rendezvous and harnesses, and what none of them is to find in a log. */
export class Surroundings implements AsyncDisposable {
  private constructor(
    /** Which the registry takes from an executor. */
    readonly token: string,
    readonly happenings: Happenings,
    readonly secrets: Secrets,
    readonly registry: ScriptedRegistry,
    readonly rendezvous: Rendezvous,
  ) {}

  static async open({ registrations = [], upgrades = [] }: Scripts = {}): Promise<Surroundings> {
    const [happenings, secrets] = [new Happenings(), new Secrets()];
    const token = `token-${randomBytes(24).toString('hex')}`;
    secrets.keep("the executor's token", token);
    const rendezvous = await Rendezvous.open(happenings);
    rendezvous.next(...upgrades);
    const place = { environmentId: ENVIRONMENT, token, rendezvousUrl: rendezvous.url };
    const registry = await ScriptedRegistry.open({ ...place, happenings, secrets });
    registry.next('register', ...registrations);
    return new Surroundings(token, happenings, secrets, registry, rendezvous);
  }

  harness(): Harness {
    return new Harness((key) => this.registry.bundle(key), this.secrets);
  }

  /** The link with this number, from 0, when it is there. */
  link(index = 0): Promise<ExecutorEnd> {
    return this.rendezvous.link(index);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.rendezvous[Symbol.asyncDispose]();
  }
}
