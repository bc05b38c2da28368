import { OPEN_AUTHORIZATIONS } from '../protocol/limits.js';
import type { EnvironmentId } from './environment-id.js';
import type { Authorization, Registration, Storage } from './storage.js';

/** Forgets everything with the relay: executors register again, harnesses ask again. */
export class MemoryStorage implements Storage {
  readonly #registrations = new Map<EnvironmentId, Registration>();
  /** By digest, oldest first, so that the first ones expire first. */
  readonly #authorizations = new Map<EnvironmentId, Map<string, Authorization>>();

  async putRegistration(environment: EnvironmentId, registration: Registration): Promise<void> {
    this.#registrations.set(environment, registration);
  }

  async registration(environment: EnvironmentId): Promise<Registration | undefined> {
    return this.#registrations.get(environment);
  }

  async putAuthorization(
    environment: EnvironmentId,
    digest: string,
    authorization: Authorization,
    now: number,
  ): Promise<boolean> {
    const open = this.#authorizations.get(environment) ?? new Map<string, Authorization>();
    this.#authorizations.set(environment, open);
    for (const [old, { expiresAt }] of open) {
      if (expiresAt > now) break;
      open.delete(old);
    }
    if (open.size >= OPEN_AUTHORIZATIONS) return false;
    open.set(digest, authorization);
    return true;
  }

  async takeAuthorization(environment: EnvironmentId, digest: string): Promise<Authorization | undefined> {
    const open = this.#authorizations.get(environment);
    const authorization = open?.get(digest);
    open?.delete(digest);
    return authorization;
  }
}
