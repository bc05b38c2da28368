/** What tokens say of themselves. Whether it is true is for those to find out who accept them. */
import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import { readForeign } from '../protocol/foreign-json.js';

/** Member of the claims that belong to one provider. */
const PROVIDER = 'https://api.openai.com/auth';

const ClaimsSchema = v.object({
  exp: v.nullish(v.number()),
  [PROVIDER]: v.nullish(
    v.object({
      chatgpt_account_id: v.nullish(v.string()),
      chatgpt_account_is_fedramp: v.nullish(v.boolean()),
    }),
  ),
});

export interface TokenClaims {
  /** Seconds since 1970. */
  readonly expiresAt: number | undefined;
  readonly account: string | undefined;
  readonly isFedramp: boolean;
}

/** Undefined: no JWT, or one whose claims are of other types. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const claims = readPart(ClaimsSchema, token, 1);
  if (claims === undefined) return undefined;
  const provider = claims[PROVIDER];
  return {
    expiresAt: claims.exp ?? undefined,
    account: provider?.chatgpt_account_id ?? undefined,
    isFedramp: provider?.chatgpt_account_is_fedramp ?? false,
  };
}

/** The header (0) or the claims (1) of a compact JWT of three parts that are not empty. */
export function readPart<S extends v.GenericSchema>(
  schema: S,
  token: string,
  index: 0 | 1,
): v.InferOutput<S> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || parts.includes('')) return undefined;
  const bytes = Buffer.from(parts[index]!, 'base64url');
  if (bytes.toString('base64url') !== parts[index] || !isUtf8(bytes)) return undefined;
  const read = readForeign(schema, bytes.toString());
  return 'value' in read ? read.value : undefined;
}
