import { harnessTokenMissing, harnessTokenUnusable } from './errors.js';
import { fixedBearer } from './fixed-bearer.js';
import { checkTokenUrl } from './hosts.js';
import type { CredentialSource } from './source.js';
import { isToken } from './tokens.js';

/** `token`, `account`: of CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN and CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID. Errors: CredentialError. */
export function harnessToken(token: string, account: string | undefined, registryUrl: string): CredentialSource {
  checkTokenUrl(registryUrl);
  const trimmed = token.trim();
  if (trimmed === '') throw harnessTokenMissing();
  const owner = account?.trim() || undefined;
  if (!isToken(trimmed) || (owner !== undefined && !isToken(owner))) throw harnessTokenUnusable();
  return fixedBearer(trimmed, owner === undefined ? {} : { account: owner });
}
