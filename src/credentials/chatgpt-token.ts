import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { TOKEN_LINE_BYTES } from '../protocol/limits.js';
import {
  chatGptAccountDiffers,
  chatGptAccountInvalid,
  chatGptAccountMissing,
  chatGptTokenInvalid,
  chatGptTokenLine,
  chatGptTokenStdin,
} from './errors.js';
import { firstLine } from './first-line.js';
import { fixedBearer } from './fixed-bearer.js';
import { checkChatGptTokenUrl } from './hosts.js';
import { tokenClaims } from './jwt-claims.js';
import type { CredentialSource } from './source.js';
import { isToken } from './tokens.js';

/** `--chatgpt-token-stdin`: one line. `account`: of `--chatgpt-account-id`. Errors: CredentialError. Source: 0.169.0. */
export async function chatGptToken(
  stdin: Readable,
  account: string | undefined,
  registryUrl: string,
  signal?: AbortSignal,
): Promise<CredentialSource> {
  checkChatGptTokenUrl(registryUrl);
  if (!isPipe(stdin)) throw chatGptTokenStdin();
  const read = await firstLine(stdin, TOKEN_LINE_BYTES, signal);
  if (!('line' in read)) throw chatGptTokenLine();
  const token = read.line.toString('latin1');
  const claims = isToken(token) ? tokenClaims(token) : undefined;
  if (claims === undefined) throw chatGptTokenInvalid();
  return fixedBearer(token, { account: accountOf(claims.account, account), showsRegistryTexts: false });
}

function accountOf(claimed: string | undefined, given: string | undefined): string {
  const account = given ?? claimed;
  if (account === undefined) throw chatGptAccountMissing();
  if (!isToken(account)) throw chatGptAccountInvalid();
  if (claimed !== undefined && claimed !== account) throw chatGptAccountDiffers();
  return account;
}

/** A file would stay behind with the token in it. Streams that are no file descriptor have been made by ourselves. */
function isPipe(stdin: Readable & { readonly fd?: number }): boolean {
  if (stdin.fd === undefined) return true;
  const stats = fstatSync(stdin.fd);
  return stats.isFIFO() || stats.isSocket();
}
