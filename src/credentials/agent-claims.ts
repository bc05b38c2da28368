/** The token in CODEX_ACCESS_TOKEN: who an agent is, with its private key. Signed with RS256. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import * as v from 'valibot';
import { readForeign } from '../protocol/foreign-json.js';
import { orUndefined } from '../protocol/or-undefined.js';
import { readPart } from './jwt-claims.js';

const ISSUER = 'https://chatgpt.com/codex-backend/agent-identity';
const AUDIENCE = 'codex-app-server';

const HeaderSchema = v.object({ alg: v.literal('RS256'), kid: v.string(), crit: v.optional(v.never()) });

const ClaimsSchema = v.object({
  iss: v.literal(ISSUER),
  aud: v.union([
    v.literal(AUDIENCE),
    v.pipe(
      v.array(v.string()),
      v.check((names) => names.includes(AUDIENCE)),
    ),
  ]),
  iat: v.number(),
  exp: v.number(),
  agent_runtime_id: v.pipe(v.string(), v.minLength(1)),
  agent_private_key: v.string(),
  account_id: v.pipe(v.string(), v.regex(/^[!-~]+$/)),
  chatgpt_user_id: v.string(),
  plan_type: v.string(),
  chatgpt_account_is_fedramp: v.boolean(),
  email: v.nullish(v.string()),
});

const KeysSchema = v.object({
  keys: v.array(v.looseObject({ kid: v.nullish(v.string()), kty: v.string() })),
});

export interface Agent {
  readonly runtimeId: string;
  /** Ed25519. */
  readonly privateKey: KeyObject;
  readonly account: string;
  readonly isFedramp: boolean;
}

/** Whether it says that it is such a token; nothing is checked. */
export const looksLikeAgentToken = (token: string): boolean =>
  readPart(v.object({ iss: v.literal(ISSUER) }), token, 1) !== undefined;

/** `jwks`: the issuer's keys, JSON. Undefined: anything about it is wrong. */
export function readAgent(token: string, jwks: string, nowMs: number): Agent | undefined {
  const header = readPart(HeaderSchema, token, 0);
  const claims = readPart(ClaimsSchema, token, 1);
  if (header === undefined || claims === undefined || claims.exp * 1_000 <= nowMs) return undefined;
  if (!isSignedBy(token, issuersKey(jwks, header.kid))) return undefined;
  const privateKey = agentKey(claims.agent_private_key);
  if (privateKey === undefined) return undefined;
  return {
    runtimeId: claims.agent_runtime_id,
    privateKey,
    account: claims.account_id,
    isFedramp: claims.chatgpt_account_is_fedramp,
  };
}

function issuersKey(jwks: string, kid: string): KeyObject | undefined {
  const read = readForeign(KeysSchema, jwks);
  const key = 'value' in read ? read.value.keys.find((one) => one.kid === kid && one.kty === 'RSA') : undefined;
  if (key === undefined) return undefined;
  return orUndefined(() => createPublicKey({ key: key as JsonWebKey, format: 'jwk' }));
}

function isSignedBy(token: string, key: KeyObject | undefined): boolean {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return key !== undefined && verify('RSA-SHA256', Buffer.from(token.slice(0, end)), key, signature);
}

function agentKey(base64: string): KeyObject | undefined {
  const key = orUndefined(() => createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' }));
  return key?.asymmetricKeyType === 'ed25519' ? key : undefined;
}
