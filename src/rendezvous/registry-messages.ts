/** What ends ask the registry for. Unknown members are ignored, but for those of a key. */
import * as v from 'valibot';
import { NoiseError } from '../noise/errors.js';
import { SUITE_TAG } from '../noise/names.js';
import { parseJson } from '../protocol/json.js';
import { JsonSyntaxError } from '../protocol/json-syntax-error.js';
import { digestOfKey } from './key-digest.js';

/** The only kind of end-to-end encryption there is. */
export const SECURITY_PROFILE = 'noise_hybrid_ik_v1';

const key = v.pipe(
  v.strictObject({ suite: v.literal(SUITE_TAG), x25519_public_key: v.string(), mlkem768_public_key: v.string() }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return { record: value, digest: digestOfKey(value) };
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      addIssue({ message: error.message });
      return NEVER;
    }
  }),
);

export const REGISTER = v.object({ security_profile: v.literal(SECURITY_PROFILE), executor_public_key: key });
export const CONNECT = v.object({ harness_public_key: key });
export const VALIDATE = v.object({
  executor_registration_id: v.string(),
  harness_public_key: key,
  harness_key_authorization: v.string(),
});

/** A message without its name for what is wrong: it could be part of a secret. Undefined when it is not of this shape. */
export function readMessage<Output>(schema: v.GenericSchema<unknown, Output>, body: Uint8Array): Output | undefined {
  try {
    const read = v.safeParse(schema, parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)));
    return read.success ? read.output : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
