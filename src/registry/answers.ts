/** What a registry answers to each call when it is a success. Members that are not named are ignored, but for those of a key. */
import * as v from 'valibot';
import type { NoiseError } from '../noise/errors.js';
import { decodePublicKey, type PublicKey } from '../noise/public-key.js';
import { readForeign } from '../protocol/foreign-json.js';
import {
  incompleteConnection,
  otherEnvironment,
  unreadable,
  unsupportedProfile,
  unusableConnection,
  unusableExecutorKey,
} from './errors.js';

export const SECURITY_PROFILE = 'noise_hybrid_ik_v1';

const PublicKeySchema = v.strictObject({
  suite: v.string(),
  x25519_public_key: v.string(),
  mlkem768_public_key: v.string(),
});
const RegistrationSchema = v.object({
  environment_id: v.string(),
  url: v.string(),
  security_profile: v.string(),
  executor_registration_id: v.string(),
});
const BundleSchema = v.object({
  ...RegistrationSchema.entries,
  executor_public_key: PublicKeySchema,
  harness_key_authorization: v.string(),
});
const ValidationSchema = v.object({ valid: v.boolean() });

/** What an executor needs to be found. */
export interface Registration {
  /** Of the rendezvous, ws or wss. Signed in its query: a secret. */
  readonly url: string;
  readonly registrationId: string;
}

/** What a harness needs for one connection. */
export interface ConnectionBundle extends Registration {
  readonly executorKey: PublicKey;
  /** Secret. For one use. */
  readonly authorization: string;
}

export function readRegistration(body: string, environmentId: string): Registration {
  return registrationOf(read(RegistrationSchema, body), environmentId);
}

export function readBundle(body: string, environmentId: string): ConnectionBundle {
  const answer = read(BundleSchema, body);
  const registration = registrationOf(answer, environmentId);
  if (answer.harness_key_authorization === '') throw incompleteConnection();
  return {
    ...registration,
    executorKey: readKey(answer.executor_public_key),
    authorization: answer.harness_key_authorization,
  };
}

/** Whether the harness may come in. */
export const readValidation = (body: string): boolean => read(ValidationSchema, body).valid;

function read<S extends v.GenericSchema>(schema: S, body: string): v.InferOutput<S> {
  const answer = readForeign(schema, body);
  if ('fault' in answer) throw unreadable(answer.fault);
  return answer.value;
}

function registrationOf(answer: v.InferOutput<typeof RegistrationSchema>, environmentId: string): Registration {
  if (answer.environment_id !== environmentId) throw otherEnvironment();
  if (answer.security_profile !== SECURITY_PROFILE) throw unsupportedProfile(profileName(answer.security_profile));
  // 0.169.0 tries to connect to nothing, forever.
  if (answer.url === '' || answer.executor_registration_id === '') throw incompleteConnection();
  if (!isWebSocketUrl(answer.url)) throw unusableConnection();
  return { url: answer.url, registrationId: answer.executor_registration_id };
}

/** Found out here, for whoever dials it would quote it. */
function isWebSocketUrl(text: string): boolean {
  // A bare `#` is missing in `hash`.
  return URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol) && !text.includes('#');
}

/** A name is quoted, anything else is not. */
const profileName = (profile: string) => (/^[\w.+-]{1,64}$/.test(profile) ? profile : '?');

function readKey(record: v.InferOutput<typeof PublicKeySchema>): PublicKey {
  try {
    return decodePublicKey(record);
  } catch (error) {
    throw unusableExecutorKey((error as NoiseError).message);
  }
}
