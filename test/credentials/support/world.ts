import { setMaxListeners } from 'node:events';
import type { CredentialErrorCode } from '#src/credentials/errors.js';
import { CredentialError } from '#src/credentials/errors.js';

/** 2026-01-01. */
export const NOW = Date.UTC(2026, 0, 1);
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);
export const never = (): AbortSignal => NEVER;
export const now = (): number => NOW;

/** Not signed. */
export const jwt = (claims: object, header: object = { alg: 'none' }): string =>
  [header, claims, 'signature'].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

/** Seconds since 1970. */
export const inSeconds = (seconds: number): number => NOW / 1_000 + seconds;

/** For t.throws: these, and no other. */
export const credentialError = (code: CredentialErrorCode, message: string) => ({
  instanceOf: CredentialError,
  code,
  message,
});
