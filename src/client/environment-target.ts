/** An executor behind a registry and a rendezvous. This module takes all of the remote mode along: it is loaded when it is asked for. */
import { CredentialError } from '../credentials/errors.js';
import { harnessToken } from '../credentials/harness-token.js';
import type { CredentialSource } from '../credentials/source.js';
import { EnvironmentRoute } from '../harness/environment-route.js';
import { RELAY_RECOVERY_MS } from '../protocol/limits.js';
import { environmentIdOf, registryBase } from '../registry/base-url.js';
import { RegistryError } from '../registry/errors.js';
import { recoveryDelay } from '../relay/backoff.js';
import type { EnvironmentTarget } from './environment-url.js';
import { badArgument } from './errors.js';
import type { Access, Redial, Target } from './target.js';

/** What a person calls the parts of the target, for errors. */
export interface FieldNames {
  readonly registryUrl?: string;
  readonly environmentId?: string;
  readonly chatgptAccountId?: string;
  readonly token?: string;
}

const BY_RELAY: Redial = {
  deadlineMs: RELAY_RECOVERY_MS,
  delayMs: (failed) => recoveryDelay(failed, Math.random),
};

/** Nothing is asked of the registry yet. Errors: `BAD_ARGUMENT`, naming the field. */
export function environmentTarget(target: EnvironmentTarget, access: Access, names: FieldNames = {}): Target {
  if (access.headers !== undefined) throw badArgument('headers', 'are for ws: URLs, not for an environment');
  const base = blaming(names.registryUrl ?? 'registryUrl', () => registryBase(target.registryUrl));
  const environmentId = blaming(names.environmentId ?? 'environmentId', () => environmentIdOf(target.environmentId));
  const credentials = credentialsOf(base, target, access, names);
  const route = new EnvironmentRoute({ place: { base, environmentId }, credentials });
  return {
    name: `${base.origin}${base.pathname.replace(/\/*$/, '/')}${encodeURIComponent(environmentId)}`,
    redial: BY_RELAY,
    dial: (accept, options) => route.dial(accept, options),
    close: () => route.close(),
  };
}

function credentialsOf(
  base: URL,
  { chatgptAccountId }: EnvironmentTarget,
  { token = '' }: Access,
  names: FieldNames,
): CredentialSource {
  const plain = blaming(
    (code) => (code === 'notForThisHost' ? (names.registryUrl ?? 'registryUrl') : (names.token ?? 'token')),
    () => harnessToken(token, undefined, base.href),
  );
  if (chatgptAccountId === undefined) return plain;
  return blaming(names.chatgptAccountId ?? 'chatgptAccountId', () => harnessToken(token, chatgptAccountId, base.href));
}

function blaming<T>(field: string | ((code: string) => string), make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RegistryError || error instanceof CredentialError)) throw error;
    throw badArgument(typeof field === 'string' ? field : field(error.code), error.message);
  }
}
