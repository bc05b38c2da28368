import { badArgument } from './errors.js';

/** An executor that is known to a registry by the name of its environment, and reached through a rendezvous. */
export interface EnvironmentTarget {
  /** Of the registry: `https:`, or `http:` on this machine; no query. */
  readonly registryUrl: string;
  readonly environmentId: string;
  /** Sent to the registry as `chatgpt-account-id`. */
  readonly chatgptAccountId?: string | undefined;
}

const EXPECTED = 'expected https://REGISTRY/ENVIRONMENT';

export const isRegistryUrl = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:';

/**
 * An environment as one URL: the last segment of the path, percent-decoded, is its id; what stands before it is the registry.
 *
 *     https://relay.example/base/build-7     build-7 at https://relay.example/base/
 *
 * Errors: `BAD_ARGUMENT` of `url`, without the text of the URL, which may hold a password.
 */
export function environmentOf(url: URL): EnvironmentTarget {
  if (/[?#]/.test(url.href)) throw badArgument('url', `a query or fragment is not possible here; ${EXPECTED}`);
  if (url.username !== '' || url.password !== '') {
    throw badArgument('url', `a user or password is not possible here; ${EXPECTED}`);
  }
  const start = url.pathname.lastIndexOf('/') + 1;
  const environmentId = percentDecoded(url.pathname.slice(start));
  if (environmentId === '') throw badArgument('url', `names no environment; ${EXPECTED}`);
  return { registryUrl: `${url.origin}${url.pathname.slice(0, start)}`, environmentId };
}

function percentDecoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badArgument('url', 'the name of the environment is not percent-encoded UTF-8');
  }
}
