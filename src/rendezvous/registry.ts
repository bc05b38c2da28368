/** The three calls. Who asks has been checked; what is asked has not. */
import { AUTHORIZATION_MS, EXECUTOR_URL_MS, HARNESS_URL_MS } from '../protocol/limits.js';
import {
  type Answer,
  badMessage,
  environmentOffline,
  ok,
  registrationConflict,
  tooManyAuthorizations,
  tooManyHarnesses,
} from './answers.js';
import type { Crossing } from './crossing.js';
import type { EnvironmentId } from './environment-id.js';
import { formatLinkPath, type LinkPass } from './link-url.js';
import { CONNECT, REGISTER, readMessage, SECURITY_PROFILE, VALIDATE } from './registry-messages.js';
import type { RegistrationId, Storage } from './storage.js';
import { digestOf, type Role } from './tokens.js';

export interface RegistryOptions {
  readonly storage: Storage;
  /** Signs addresses of links; one that others do not know. */
  readonly secret: Buffer;
  /** What stands before the path of a link: `ws://HOST:PORT` or `wss://HOST/PREFIX`. */
  readonly linkBase: string;
  /** What is going on in an environment here, if anything. */
  readonly crossing: (environment: EnvironmentId) => Crossing | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

/** Calls, and whose they are. */
export const CALLS = { register: 'executor', validate: 'executor', connect: 'harness' } as const satisfies Record<
  string,
  Role
>;
export type Call = keyof typeof CALLS;

const ID_BYTES = 16;
const AUTHORIZATION_BYTES = 32;

export class Registry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  answer(call: Call, environment: EnvironmentId, body: Uint8Array): Promise<Answer> {
    switch (call) {
      case 'register':
        return this.#register(environment, body);
      case 'connect':
        return this.#connect(environment, body);
      case 'validate':
        return this.#validate(environment, body);
      default:
        return call satisfies never;
    }
  }

  async #register(environment: EnvironmentId, body: Uint8Array): Promise<Answer> {
    const { storage, crossing, now, random } = this.#options;
    const message = readMessage(REGISTER, body);
    if (message === undefined) return badMessage();
    const { record, digest } = message.executor_public_key;
    const here = crossing(environment);
    if (here?.executor !== undefined && here.executor.key !== digest) {
      // Perhaps it has gone without a word.
      here.challengeExecutor();
      return registrationConflict();
    }
    const id = random(ID_BYTES).toString('hex') as RegistrationId;
    await storage.putRegistration(environment, { id, executorKey: record, executorDigest: digest });
    const expiresAt = now() + EXECUTOR_URL_MS;
    return ok(this.#linkData({ environment, role: 'executor', registration: id, key: digest, expiresAt }));
  }

  async #connect(environment: EnvironmentId, body: Uint8Array): Promise<Answer> {
    const { storage, crossing, now, random } = this.#options;
    const message = readMessage(CONNECT, body);
    if (message === undefined) return badMessage();
    const registration = await storage.registration(environment);
    const here = crossing(environment);
    if (registration === undefined || here?.executor?.registration !== registration.id) return environmentOffline();
    if (!here.hasRoom) return tooManyHarnesses();
    const key = message.harness_public_key.digest;
    const authorization = random(AUTHORIZATION_BYTES).toString('base64url');
    const terms = { registration: registration.id, harness: key, expiresAt: now() + AUTHORIZATION_MS };
    if (!(await storage.putAuthorization(environment, hex(authorization), terms, now()))) {
      return tooManyAuthorizations();
    }
    const expiresAt = now() + HARNESS_URL_MS;
    return ok({
      ...this.#linkData({ environment, role: 'harness', registration: registration.id, key, expiresAt }),
      executor_public_key: registration.executorKey,
      harness_key_authorization: authorization,
    });
  }

  /** An authorization is used up by being asked about, whatever the answer. */
  async #validate(environment: EnvironmentId, body: Uint8Array): Promise<Answer> {
    const { storage, now } = this.#options;
    const message = readMessage(VALIDATE, body);
    if (message === undefined) return badMessage();
    const terms = await storage.takeAuthorization(environment, hex(message.harness_key_authorization));
    const valid =
      terms !== undefined &&
      terms.expiresAt > now() &&
      terms.registration === message.executor_registration_id &&
      terms.harness === message.harness_public_key.digest;
    return ok({ valid });
  }

  #linkData(pass: LinkPass): Answer['body'] {
    return {
      environment_id: pass.environment,
      url: this.#options.linkBase + formatLinkPath(pass, this.#options.secret),
      security_profile: SECURITY_PROFILE,
      executor_registration_id: pass.registration,
    };
  }
}

const hex = (authorization: string): string => digestOf(authorization).toString('hex');
