import { apiKeyUnusable } from './errors.js';
import { fixedBearer } from './fixed-bearer.js';
import { checkApiKeyUrl } from './hosts.js';
import type { CredentialSource } from './source.js';

/**
 * `key`: of CODEX_API_KEY or auth.json. It goes to the hosts of whoever gave it out, and to loopback.
 * Errors: CredentialError; also for a key that cannot be a header, without which 0.169.0 registers in silence.
 */
export function apiKey(key: string, registryUrl: string): CredentialSource {
  checkApiKeyUrl(registryUrl);
  const trimmed = key.trim();
  if (!/^[ -~]+$/.test(trimmed)) throw apiKeyUnusable();
  return fixedBearer(trimmed);
}
