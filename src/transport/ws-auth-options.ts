import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { thrownText } from '../protocol/os-error.js';
import type { BearerAuth, ClaimRules } from './bearer-auth.js';
import { StartupError } from './startup-error.js';

export const WS_AUTH_MODES = ['capability-token', 'signed-bearer-token'] as const;
export type WsAuthMode = (typeof WS_AUTH_MODES)[number];

/** The `--ws-*` flags as given; undefined is absent. */
export interface WsAuthFlags {
  readonly wsAuth: WsAuthMode | undefined;
  readonly wsTokenFile: string | undefined;
  readonly wsTokenSha256: string | undefined;
  readonly wsSharedSecretFile: string | undefined;
  readonly wsIssuer: string | undefined;
  readonly wsAudience: string | undefined;
  readonly wsMaxClockSkewSeconds: bigint | undefined;
}

/** What the flags ask for, before any file is read. Paths are absolute. */
export type WsAuthPlan =
  | { readonly mode: 'none' }
  | { readonly mode: 'capability-token'; readonly token: { sha256: Buffer } | { file: string } }
  | {
      readonly mode: 'signed-bearer-token';
      readonly secretFile: string;
      readonly issuer: string | undefined;
      readonly audience: string | undefined;
      readonly maxClockSkewSeconds: bigint;
    };

/** One that asks for a token. */
export type AskingPlan = Exclude<WsAuthPlan, { mode: 'none' }>;

/** Against what relative paths are taken. */
export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
}

/** Source: 0.169.0. */
const DEFAULT_CLOCK_SKEW_SECONDS = 30n;
const SHARED_SECRET_BYTES = 32;
const CLOCK_SKEW_MAX_SECONDS = 2n ** 63n - 1n;

/** Errors: `StartupError` for flags that do not go together, with the texts and in the order of 0.169.0. */
export function planWsAuth(flags: WsAuthFlags, surroundings: Surroundings): WsAuthPlan {
  const hasTokenFlags = flags.wsTokenFile !== undefined || flags.wsTokenSha256 !== undefined;
  const hasJwtFlags =
    flags.wsSharedSecretFile !== undefined ||
    flags.wsIssuer !== undefined ||
    flags.wsAudience !== undefined ||
    flags.wsMaxClockSkewSeconds !== undefined;
  switch (flags.wsAuth) {
    case undefined:
      if (!hasTokenFlags && !hasJwtFlags) return { mode: 'none' };
      throw new StartupError(
        'websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`',
      );
    case 'capability-token':
      if (!hasJwtFlags) return planCapabilityToken(flags, surroundings);
      throw new StartupError(
        '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` ' +
          'require `--ws-auth signed-bearer-token`',
      );
    case 'signed-bearer-token':
      if (!hasTokenFlags) return planSignedBearerToken(flags, surroundings);
      throw new StartupError(
        '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`',
      );
    default:
      return flags.wsAuth satisfies never;
  }
}

function planCapabilityToken({ wsTokenFile, wsTokenSha256 }: WsAuthFlags, surroundings: Surroundings): WsAuthPlan {
  if (wsTokenFile !== undefined && wsTokenSha256 !== undefined) {
    throw new StartupError('`--ws-token-file` and `--ws-token-sha256` are mutually exclusive');
  }
  if (wsTokenSha256 !== undefined) {
    const digest = wsTokenSha256.trim();
    if (!/^[0-9a-f]{64}$/i.test(digest)) {
      throw new StartupError('--ws-token-sha256 must be a 64-character hex SHA-256 digest');
    }
    return { mode: 'capability-token', token: { sha256: Buffer.from(digest, 'hex') } };
  }
  if (wsTokenFile !== undefined) {
    return { mode: 'capability-token', token: { file: absolutePath(wsTokenFile, surroundings) } };
  }
  throw new StartupError(
    '`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set',
  );
}

function planSignedBearerToken(flags: WsAuthFlags, surroundings: Surroundings): WsAuthPlan {
  if (flags.wsSharedSecretFile === undefined) {
    throw new StartupError('`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set');
  }
  return {
    mode: 'signed-bearer-token',
    secretFile: absolutePath(flags.wsSharedSecretFile, surroundings),
    issuer: flags.wsIssuer?.trim() || undefined,
    audience: flags.wsAudience?.trim() || undefined,
    maxClockSkewSeconds: flags.wsMaxClockSkewSeconds ?? DEFAULT_CLOCK_SKEW_SECONDS,
  };
}

/** Where a path given on the command line leads. */
export const absolutePath = (path: string, { cwd, home }: Surroundings): string =>
  path.startsWith('~/') ? join(home, path.slice(2)) : resolve(cwd, path);

/**
 * Reads the secrets that a plan names, as they are now; undefined when everybody may connect.
 * Errors: `StartupError` for a file that cannot be read or holds too little.
 */
export function loadBearerAuth(plan: AskingPlan): BearerAuth;
export function loadBearerAuth(plan: WsAuthPlan): BearerAuth | undefined;
export function loadBearerAuth(plan: WsAuthPlan): BearerAuth | undefined {
  switch (plan.mode) {
    case 'none':
      return undefined;
    case 'capability-token':
      return {
        mode: plan.mode,
        sha256: 'sha256' in plan.token ? plan.token.sha256 : sha256(readSecret(plan.token.file)),
      };
    case 'signed-bearer-token':
      return { mode: plan.mode, secret: readSharedSecret(plan.secretFile), rules: claimRules(plan) };
    default:
      return plan satisfies never;
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function readSharedSecret(path: string): Uint8Array {
  const secret = Buffer.from(readSecret(path));
  if (secret.length >= SHARED_SECRET_BYTES) return secret;
  throw new StartupError(`signed websocket bearer secret ${path} must be at least ${SHARED_SECRET_BYTES} bytes`);
}

function claimRules(plan: WsAuthPlan & { mode: 'signed-bearer-token' }): ClaimRules {
  if (plan.maxClockSkewSeconds > CLOCK_SKEW_MAX_SECONDS) {
    throw new StartupError('websocket auth clock skew must fit in a signed 64-bit integer');
  }
  const { issuer, audience, maxClockSkewSeconds } = plan;
  return { issuer, audience, maxClockSkewSeconds: Number(maxClockSkewSeconds) };
}

function readSecret(path: string): string {
  const bytes = readFileOrFail(path);
  if (!isUtf8(bytes)) throw unreadable(path, 'stream did not contain valid UTF-8');
  const secret = bytes.toString().trim();
  if (secret === '') throw new StartupError(`websocket auth secret ${path} must not be empty`);
  return secret;
}

function readFileOrFail(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, thrownText(error), error);
  }
}

const unreadable = (path: string, why: string, cause?: unknown): StartupError =>
  new StartupError(`failed to read websocket auth secret ${path}: ${why}`, { cause });
