/**
 * Who may do what in which environment. Tokens are random, 256 bits, so that a plain hash of one tells nothing about it.
 *
 *     # comment
 *     ENVIRONMENT executor SHA-256 of the token, hex
 *     ENVIRONMENT harness  SHA-256 of the token, hex
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { asEnvironmentId, type EnvironmentId } from './environment-id.js';

/** An executor registers and has harnesses validated; a harness connects. */
export const ROLES = ['executor', 'harness'] as const;
export type Role = (typeof ROLES)[number];

export interface Grant {
  readonly environment: EnvironmentId;
  readonly role: Role;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
}

export type Grants = ReadonlyMap<EnvironmentId, readonly Grant[]>;

const TOKEN_BYTES = 32;

/** A new token; only its holder is to have it. `random` gives as many bytes as it is asked for. */
export const mintToken = (random: (bytes: number) => Buffer): string => random(TOKEN_BYTES).toString('base64url');

export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export const formatGrant = ({ environment, role, digest }: Grant): string =>
  `${environment} ${role} ${digest.toString('hex')}\n`;

/** What a file says. Errors: the number of the first line that makes no sense, from 1. */
export function parseGrants(text: string): { readonly grants: Grants } | { readonly faultyLine: number } {
  const grants = new Map<EnvironmentId, Grant[]>();
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const grant = parseGrant(trimmed);
    if (grant === undefined) return { faultyLine: index + 1 };
    grants.set(grant.environment, [...(grants.get(grant.environment) ?? []), grant]);
  }
  return { grants };
}

function parseGrant(line: string): Grant | undefined {
  const [name = '', roleName, hex = '', ...excess] = line.split(/\s+/);
  const environment = asEnvironmentId(name);
  const role = ROLES.find((known) => known === roleName);
  if (environment === undefined || role === undefined || excess.length > 0) return undefined;
  return /^[0-9a-f]{64}$/i.test(hex) ? { environment, role, digest: Buffer.from(hex, 'hex') } : undefined;
}

/** What the bearer of an Authorization header may be in an environment; undefined for anybody else. */
export function roleOf(
  grants: Grants,
  environment: EnvironmentId,
  authorization: string | undefined,
): Role | undefined {
  const [, token] = /^bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) return undefined;
  const digest = digestOf(token);
  return grants.get(environment)?.find((grant) => timingSafeEqual(grant.digest, digest))?.role;
}
