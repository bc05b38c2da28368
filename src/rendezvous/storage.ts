import type { Brand } from 'valibot';
import type { PublicKeyRecord } from '../noise/public-key.js';
import type { EnvironmentId } from './environment-id.js';
import type { KeyDigest } from './key-digest.js';

/** Names one registration of an executor; new with each. */
export type RegistrationId = string & Brand<'RegistrationId'>;

export interface Registration {
  readonly id: RegistrationId;
  readonly executorKey: PublicKeyRecord;
  readonly executorDigest: KeyDigest;
}

/** Lets one harness key into one registration, once. */
export interface Authorization {
  readonly registration: RegistrationId;
  readonly harness: KeyDigest;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the registry has to remember. Promises, so that a store that several relays share can follow. */
export interface Storage {
  /** The latest wins. */
  putRegistration(environment: EnvironmentId, registration: Registration): Promise<void>;
  registration(environment: EnvironmentId): Promise<Registration | undefined>;
  /** `digest`: hex; the authorization itself is not kept. False when the environment has too many that are open at `now`. */
  putAuthorization(
    environment: EnvironmentId,
    digest: string,
    authorization: Authorization,
    now: number,
  ): Promise<boolean>;
  /** Gives it to the first who asks, and to nobody after that. */
  takeAuthorization(environment: EnvironmentId, digest: string): Promise<Authorization | undefined>;
}
