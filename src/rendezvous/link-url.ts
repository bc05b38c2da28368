/**
 * Addresses of links, which carry their own right to connect.
 *
 *     PREFIX/rendezvous/ENVIRONMENT?version=1&role=environment&registration=ID&key=HEX&expiry=SECONDS&signature=...
 *
 * `environment` is the role of an executor, as the real service has it. `key` names the end's public key. Secret, as a token is.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EnvironmentId } from './environment-id.js';
import type { KeyDigest } from './key-digest.js';
import type { RegistrationId } from './storage.js';
import type { Role } from './tokens.js';

export interface LinkPass {
  readonly environment: EnvironmentId;
  readonly role: Role;
  readonly registration: RegistrationId;
  readonly key: KeyDigest;
  /** Milliseconds since 1970; full seconds. */
  readonly expiresAt: number;
}

/** Why an address is refused: words that the real executor knows and logs. */
export type Rejection =
  | 'unknown_route'
  | 'malformed_query'
  | 'extra_query_param'
  | 'missing_version'
  | 'missing_role'
  | 'invalid_role'
  | 'missing_expiry'
  | 'invalid_expiry'
  | 'missing_signature'
  | 'invalid_signature'
  | 'unexpected_executor_registration_id'
  | 'route_unavailable'
  | 'pod_draining';

const VERSION = '1';
const WIRE_ROLES = { executor: 'environment', harness: 'harness' } as const satisfies Record<Role, string>;
const FIELDS = ['version', 'role', 'registration', 'key', 'expiry', 'signature'] as const;
const MISSING = { version: 'missing_version', role: 'missing_role', expiry: 'missing_expiry' } as const;

/** What follows behind the public address. */
export function formatLinkPath(pass: LinkPass, secret: Buffer): string {
  const query = new URLSearchParams({
    version: VERSION,
    role: WIRE_ROLES[pass.role],
    registration: pass.registration,
    key: pass.key,
    expiry: String(Math.floor(pass.expiresAt / 1000)),
    signature: sign(pass, secret).toString('base64url'),
  });
  return `/rendezvous/${pass.environment}?${query}`;
}

/** Judges the query of an address whose path was for `environment`. `now`: ms since 1970. */
export function readLinkQuery(
  environment: EnvironmentId,
  query: URLSearchParams,
  secret: Buffer,
  now: number,
): LinkPass | Rejection {
  for (const name of query.keys()) {
    if (!FIELDS.some((known) => known === name)) return 'extra_query_param';
    if (query.getAll(name).length > 1) return 'malformed_query';
  }
  for (const name of ['version', 'role', 'expiry'] as const) if (!query.get(name)) return MISSING[name];
  const signature = query.get('signature');
  if (!signature) return 'missing_signature';
  if (query.get('version') !== VERSION) return 'malformed_query';
  const role = (['executor', 'harness'] as const).find((each) => WIRE_ROLES[each] === query.get('role'));
  if (role === undefined) return 'invalid_role';
  if (!/^\d{1,12}$/.test(query.get('expiry') ?? '')) return 'invalid_expiry';
  const pass: LinkPass = {
    environment,
    role,
    registration: (query.get('registration') ?? '') as RegistrationId,
    key: (query.get('key') ?? '') as KeyDigest,
    expiresAt: Number(query.get('expiry')) * 1000,
  };
  const [given, right] = [Buffer.from(signature, 'base64url'), sign(pass, secret)];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'invalid_signature';
  return pass.expiresAt > now ? pass : 'invalid_expiry';
}

/** As JSON, so that no part can reach into the next. */
function sign({ environment, role, registration, key, expiresAt }: LinkPass, secret: Buffer): Buffer {
  const parts = [VERSION, environment, role, registration, key, Math.floor(expiresAt / 1000)];
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest();
}
