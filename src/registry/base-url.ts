/** Where a registry is asked. */
import { urlFault } from '../protocol/url-fault.js';
import { environmentIdMissing, misconfigured } from './errors.js';

export type RegistryCall = 'register' | 'connect' | 'validate';

/** One environment at one registry. */
export interface RegistryPlace {
  /** http or https, without user, password, query and fragment. */
  readonly base: URL;
  readonly environmentId: string;
}

/**
 * Stricter than 0.169.0, which puts texts together: there `a/../x` as an environment reaches the path of another, and a base
 * with `?` swallows the path. Errors: `configuration`; they do not quote the URL, which may have a password in it.
 */
export const registryPlace = (baseText: string, environmentText: string): RegistryPlace => ({
  base: registryBase(baseText),
  environmentId: environmentIdOf(environmentText),
});

/** Errors: `configuration`. */
export function registryBase(baseText: string): URL {
  const text = baseText.trim();
  if (text === '') throw misconfigured('environment registry base URL is required');
  if (!URL.canParse(text)) throw misconfigured(`invalid remote endpoint URL: ${urlFault(text)}`);
  const base = new URL(text);
  if (base.protocol !== 'https:' && base.protocol !== 'http:') throw misconfigured('base URL must use http or https');
  if (base.username !== '' || base.password !== '') throw misconfigured('base URL must not have a user or password');
  // A bare `?` or `#` is missing in `search` and `hash`.
  if (/[?#]/.test(text)) throw misconfigured('base URL must not have a query or fragment');
  return base;
}

/** Errors: `configuration`. */
export function environmentIdOf(environmentText: string): string {
  const environmentId = environmentText.trim();
  if (environmentId === '') throw environmentIdMissing();
  if (environmentId === '.' || environmentId === '..') throw misconfigured('environment id must not be `.` or `..`');
  if (!environmentId.isWellFormed()) throw misconfigured('environment id is not valid Unicode');
  return environmentId;
}

export function callUrl({ base, environmentId }: RegistryPlace, call: RegistryCall): URL {
  const path = base.pathname.replace(/\/+$/, '');
  return new URL(`${path}/cloud/environment/${encodeURIComponent(environmentId)}/${call}`, base.origin);
}
