import { createHash, timingSafeEqual } from 'node:crypto';
import { type JwtClaims, readSignedClaims } from './jwt.js';

/** Who may open a WebSocket, with everything needed to decide on it. */
export type BearerAuth =
  /** Whoever has the token with this SHA-256. */
  | { readonly mode: 'capability-token'; readonly sha256: Buffer }
  /** Whoever has a JWT signed with the secret. */
  | {
      readonly mode: 'signed-bearer-token';
      readonly secret: Uint8Array;
      readonly rules: ClaimRules;
    };

/** Undefined issuer or audience: anything goes. */
export interface ClaimRules {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly maxClockSkewSeconds: number;
}

/**
 * Judges the Authorization header of an upgrade: undefined when it is good, else the text of the refusal.
 * `nowSeconds` since 1970. Source: 0.169.0.
 */
export function refuseBearer(
  auth: BearerAuth,
  authorization: string | undefined,
  nowSeconds: number,
): string | undefined {
  if (authorization === undefined) return 'missing websocket bearer token';
  const token = bearerToken(authorization);
  if (token === undefined) return 'invalid authorization header';
  switch (auth.mode) {
    case 'capability-token': {
      const isRight = timingSafeEqual(createHash('sha256').update(token).digest(), auth.sha256);
      return isRight ? undefined : 'invalid websocket bearer token';
    }
    case 'signed-bearer-token': {
      const claims = readSignedClaims(token, auth.secret);
      return claims === undefined ? 'invalid websocket jwt' : refuseClaims(claims, auth.rules, nowSeconds);
    }
    default:
      return auth satisfies never;
  }
}

/**
 * Node gives header bytes as Latin-1, so that anything outside of ASCII is still there to be refused.
 * Trimmed apart from the pattern: one that looked for the blanks itself would try each of them again and again.
 */
function bearerToken(authorization: string): string | undefined {
  const [, given] = /^bearer ([\t\x20-\x7e]*)$/i.exec(authorization) ?? [];
  return given?.trim() || undefined;
}

function refuseClaims({ exp, nbf, iss, aud }: JwtClaims, rules: ClaimRules, now: number): string | undefined {
  if (now > exp + rules.maxClockSkewSeconds) return 'expired websocket jwt';
  if (nbf != null && now < nbf - rules.maxClockSkewSeconds) return 'websocket jwt is not valid yet';
  if (rules.issuer !== undefined && iss !== rules.issuer) return 'websocket jwt issuer mismatch';
  if (rules.audience !== undefined && ![aud].flat().includes(rules.audience)) return 'websocket jwt audience mismatch';
  return undefined;
}
