import { accountHeader, bearer, type CredentialSource } from './source.js';

/** A token that stays as it is as long as we run. */
export function fixedBearer(
  token: string,
  { account, showsRegistryTexts = true }: { readonly account?: string; readonly showsRegistryTexts?: boolean } = {},
): CredentialSource {
  const headers = [bearer(token), ...(account === undefined ? [] : [accountHeader(account)])];
  return { showsRegistryTexts, headers: async () => headers };
}
