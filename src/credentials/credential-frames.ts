/** What arrives at `--executor-credential-stdin`: JSON, one frame on each line. */
import * as v from 'valibot';
import { readForeign } from '../protocol/foreign-json.js';
import { EXECUTOR_CREDENTIAL_BYTES } from '../protocol/limits.js';
import {
  credentialExpired,
  credentialFrameInvalid,
  credentialFrameTooLong,
  credentialOfOtherEnvironment,
} from './errors.js';
import { isToken } from './tokens.js';

export interface ExecutorToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

const FrameSchema = v.strictObject({
  version: v.literal(1),
  environment_id: v.string(),
  token: v.pipe(v.string(), v.check(isToken)),
  expires_at: v.pipe(v.number(), v.safeInteger()),
});

/** Errors: CredentialError. */
export function readCredential(line: string, environmentId: string, nowMs: number): ExecutorToken {
  const frame = readForeign(FrameSchema, line);
  if (!('value' in frame)) throw credentialFrameInvalid();
  const { environment_id, token, expires_at } = frame.value;
  if (environment_id !== environmentId) throw credentialOfOtherEnvironment();
  const expiresAtMs = expires_at * 1_000;
  if (expiresAtMs <= nowMs) throw credentialExpired();
  return { token, expiresAtMs };
}

/** Cuts bytes into lines; what has no end yet is held. */
export class CredentialLines {
  #held = Buffer.alloc(0);

  /** Errors: CredentialError, for a line that is too long, also before its end has come. */
  accept(bytes: Buffer): string[] {
    const all = Buffer.concat([this.#held, bytes]);
    const lines: string[] = [];
    let from = 0;
    for (let end = all.indexOf('\n'); end !== -1; end = all.indexOf('\n', from)) {
      if (end - from > EXECUTOR_CREDENTIAL_BYTES) throw credentialFrameTooLong();
      lines.push(all.toString('utf8', from, end));
      from = end + 1;
    }
    this.#held = all.subarray(from);
    if (this.#held.length > EXECUTOR_CREDENTIAL_BYTES) throw credentialFrameTooLong();
    return lines;
  }
}
