import type { Readable } from 'node:stream';
import { TOKEN_LINE_BYTES } from '../protocol/limits.js';
import { bearerLineInvalid, bearerLineMissing } from './errors.js';
import { firstLine } from './first-line.js';
import { fixedBearer } from './fixed-bearer.js';
import { checkTokenUrl } from './hosts.js';
import type { CredentialSource } from './source.js';
import { isToken } from './tokens.js';

/** `--registration-bearer-stdin`: one line, waited for without end. Errors: CredentialError. Source: 0.169.0. */
export async function registrationBearer(
  stdin: Readable,
  registryUrl: string,
  signal?: AbortSignal,
): Promise<CredentialSource> {
  checkTokenUrl(registryUrl);
  const read = await firstLine(stdin, TOKEN_LINE_BYTES, signal);
  if (!('line' in read)) throw bearerLineMissing();
  const token = read.line.toString('latin1');
  if (!isToken(token)) throw bearerLineInvalid();
  return fixedBearer(token, { showsRegistryTexts: false });
}
