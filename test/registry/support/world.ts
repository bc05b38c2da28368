import { setMaxListeners } from 'node:events';
import type { CredentialSource } from '#src/credentials/source.js';
import type { AskWhole } from '#src/http/ask-whole.js';
import type { PublicKey } from '#src/noise/public-key.js';
import { encodePublicKey } from '#src/noise/public-key.js';
import { registryPlace } from '#src/registry/base-url.js';
import { Registry, type RegistryOptions } from '#src/registry/client.js';
import { asStreamId } from '#src/relay/stream-id.js';

export const KEY: PublicKey = { x25519: Buffer.alloc(32, 1), mlkem768: Buffer.alloc(1184, 2) };
export const RECORD = encodePublicKey(KEY);
export const TOKEN = 'token-of-the-executor';
export const AUTHORIZATION = 'authorization-of-the-harness';
/** For all tests of a file at once. */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);

export const REGISTRATION = {
  environment_id: 'env-1',
  url: 'wss://rendezvous.test/ws?sig=signature',
  security_profile: 'noise_hybrid_ik_v1',
  executor_registration_id: 'reg-1',
};
export const BUNDLE = {
  ...REGISTRATION,
  executor_public_key: RECORD,
  harness_key_authorization: AUTHORIZATION,
};
export const APPLICANT = {
  registrationId: 'reg-1',
  harnessKey: KEY,
  authorization: AUTHORIZATION,
  streamId: asStreamId('3F2504E0-4F89-41D3-9A0C-0305E82C3301'),
};

export const credentials = (more: Partial<CredentialSource> = {}): CredentialSource => ({
  showsRegistryTexts: true,
  headers: async () => [['authorization', `Bearer ${TOKEN}`]],
  ...more,
});

export const registry = (ask: AskWhole, more: Partial<RegistryOptions> = {}): Registry =>
  new Registry({
    place: registryPlace('https://registry.test/api/', 'env-1'),
    credentials: credentials(),
    ask,
    deadline: () => NEVER,
    now: () => 0,
    ...more,
  });
