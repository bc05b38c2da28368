/** Registering for as long as the registry says that it may still succeed. */
import { type Random, registrationDelay } from '../relay/backoff.js';
import type { Registration } from './answers.js';
import { RegistryError } from './errors.js';
import { isRegistrationRetried } from './retry.js';

export interface RegistrationOptions {
  readonly random: Random;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For the log: `retrying uncommitted registry registration`. */
  readonly onRetry?: (retry: RegistrationRetry) => void;
}

export interface RegistrationRetry {
  /** From 0. */
  readonly attempt: number;
  readonly delayMs: number;
  /** Of the registry; undefined where our own credentials were not to be had. */
  readonly status: number | undefined;
}

/** `attempt` registers once. Errors: its own that are not passing, and what `sleep` says when `signal` aborts. */
export async function registerUntilAnswered(
  attempt: () => Promise<Registration>,
  { random, sleep, onRetry }: RegistrationOptions,
  signal: AbortSignal,
): Promise<Registration> {
  for (let failed = 0; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRegistrationRetried(error)) throw error;
      const refusal = error instanceof RegistryError ? error.refusal : undefined;
      const delayMs = registrationDelay(failed, random, refusal?.retryAfterMs);
      onRetry?.({ attempt: failed, delayMs, status: refusal?.status });
      await sleep(delayMs, signal);
    }
  }
}
