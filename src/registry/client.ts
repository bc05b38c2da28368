/** The three calls to a registry. Source: 0.169.0. */
import type { CredentialSource, CredentialUse, Header } from '../credentials/source.js';
import type { AskWhole, WholeAnswer } from '../http/ask-whole.js';
import { withEither } from '../http/either-signal.js';
import { unlessAborted } from '../http/unless-aborted.js';
import { encodePublicKey, type PublicKey } from '../noise/public-key.js';
import { REGISTRY_CALL_MS, REGISTRY_CONNECT_MS } from '../protocol/limits.js';
import { canonicalUuid, type StreamId } from '../relay/stream-id.js';
import {
  type ConnectionBundle,
  type Registration,
  readBundle,
  readRegistration,
  readValidation,
  SECURITY_PROFILE,
} from './answers.js';
import { callUrl, type RegistryPlace } from './base-url.js';
import { callTimedOut, unreachable, unreadable } from './errors.js';
import { refusalOf } from './refusal.js';

export interface RegistryOptions {
  readonly place: RegistryPlace;
  readonly credentials: CredentialSource;
  /** Does not follow redirects. */
  readonly ask: AskWhole;
  /** Aborts after so many milliseconds. */
  readonly deadline?: (ms: number) => AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A harness that wants to come in. */
export interface Applicant {
  readonly registrationId: string;
  readonly harnessKey: PublicKey;
  /** Secret. */
  readonly authorization: string;
  readonly streamId: StreamId;
}

/** Errors of every call: RegistryError, CredentialError, and the reason of `signal`. No text in them is secret. */
export class Registry {
  readonly #place: RegistryPlace;
  readonly #credentials: CredentialSource;
  readonly #ask: AskWhole;
  readonly #deadline: (ms: number) => AbortSignal;
  readonly #now: () => number;

  constructor({ place, credentials, ask, deadline = AbortSignal.timeout, now = Date.now }: RegistryOptions) {
    this.#place = place;
    this.#credentials = credentials;
    this.#ask = ask;
    this.#deadline = deadline;
    this.#now = now;
  }

  /** An executor says that it is there. */
  async register(key: PublicKey, signal: AbortSignal): Promise<Registration> {
    const record = encodePublicKey(key);
    const body = await this.#call('register', signal, {
      json: { security_profile: SECURITY_PROFILE, executor_public_key: record },
      secrets: [record.x25519_public_key, record.mlkem768_public_key],
      limitMs: REGISTRY_CALL_MS,
      insteadOfText: 'environment registry executor registration failed',
    });
    return readRegistration(body, this.#place.environmentId);
  }

  /** A harness asks for one connection. */
  async connect(key: PublicKey, signal: AbortSignal): Promise<ConnectionBundle> {
    const record = encodePublicKey(key);
    const body = await this.#call('connect', signal, {
      json: { harness_public_key: record },
      secrets: [record.x25519_public_key, record.mlkem768_public_key],
      limitMs: REGISTRY_CONNECT_MS,
      insteadOfText: 'environment registry connection failed',
    });
    return readBundle(body, this.#place.environmentId);
  }

  /** An executor asks whether to let a harness in. Of the registry's texts none is ever told here. */
  async validate(applicant: Applicant, signal: AbortSignal): Promise<boolean> {
    const uuid = canonicalUuid(applicant.streamId);
    const body = await this.#call('validate', signal, {
      json: {
        executor_registration_id: applicant.registrationId,
        harness_public_key: encodePublicKey(applicant.harnessKey),
        harness_key_authorization: applicant.authorization,
      },
      headers: uuid === undefined ? [] : [['x-codex-noise-stream-id', uuid]],
      secrets: [],
      limitMs: REGISTRY_CALL_MS,
      insteadOfText: 'environment registry harness key validation failed',
      hidesTexts: true,
    });
    return readValidation(body);
  }

  /**
   * Once more with other credentials after a 401, if there are any. A second 401 is final. Renewing credentials goes on by itself;
   * who has no more time does not wait for it.
   */
  async #call(use: CredentialUse, signal: AbortSignal, call: Call): Promise<string> {
    const headers = await unlessAborted(this.#credentials.headers(use, signal), signal);
    const answer = await this.#askOnce(use, headers, call, signal);
    if (answer.status !== 401 || !this.#credentials.after401) return this.#bodyOf(answer, headers, call);
    const mayRepeat = await unlessAborted(this.#credentials.after401(headers, signal), signal);
    if (!mayRepeat) return this.#bodyOf(answer, headers, call);
    const others = await unlessAborted(this.#credentials.headers(use, signal), signal);
    return this.#bodyOf(await this.#askOnce(use, others, call, signal), others, call);
  }

  async #askOnce(
    use: CredentialUse,
    credentials: readonly Header[],
    { json, headers = [], limitMs }: Call,
    signal: AbortSignal,
  ): Promise<WholeAnswer> {
    const url = callUrl(this.#place, use);
    const limit = this.#deadline(limitMs);
    const all = [['content-type', 'application/json'], ...credentials, ...headers] as const;
    try {
      const question = { method: 'POST', url, headers: all, body: JSON.stringify(json) } as const;
      return await withEither(signal, limit, (either) => this.#ask(question, either));
    } catch (error) {
      signal.throwIfAborted();
      throw limit.aborted ? callTimedOut() : unreachable(url, error);
    }
  }

  #bodyOf(answer: WholeAnswer, credentials: readonly Header[], { secrets, insteadOfText, hidesTexts }: Call): string {
    if (answer.status < 200 || answer.status >= 300) {
      const isShown = this.#credentials.showsRegistryTexts && !hidesTexts;
      const telling = {
        instead: isShown ? undefined : insteadOfText,
        secrets: [...secrets, ...secretsOf(credentials)],
      };
      throw refusalOf(answer, telling, this.#now());
    }
    if (answer.isCut) throw unreadable('answer is too long');
    return answer.body.toString();
  }
}

interface Call {
  readonly json: unknown;
  readonly headers?: readonly Header[];
  /** Besides the credentials. */
  readonly secrets: readonly string[];
  /** For one request with its answer. */
  readonly limitMs: number;
  readonly insteadOfText: string;
  readonly hidesTexts?: boolean;
}

/** With and without the name of the scheme. */
const secretsOf = (credentials: readonly Header[]) =>
  credentials
    .filter(([name]) => name === 'authorization')
    .flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)]);
