import { asEnvironmentId, type EnvironmentId } from './environment-id.js';
import { CALLS, type Call } from './registry.js';

export type Route =
  | { readonly is: 'ready' }
  | { readonly is: 'call'; readonly call: Call; readonly environment: EnvironmentId }
  | LinkRoute;

export interface LinkRoute {
  readonly is: 'link';
  readonly environment: EnvironmentId;
  readonly query: URLSearchParams;
}

/** Reads a request target. A proxy may take `prefix`, the path of the public address, off or leave it on. */
export function routeOf(target: string, prefix: string): Route | undefined {
  const mark = target.indexOf('?');
  const [fullPath, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
  const path = prefix !== '' && fullPath.startsWith(`${prefix}/`) ? fullPath.slice(prefix.length) : fullPath;
  if (path === '/readyz') return { is: 'ready' };
  const [, service, name = '', action] = /^\/(cloud\/environment|rendezvous)\/([^/]+)(?:\/([a-z]+))?$/.exec(path) ?? [];
  const environment = asEnvironmentId(name);
  if (environment === undefined) return undefined;
  if (service === 'rendezvous') {
    return action === undefined ? { is: 'link', environment, query: new URLSearchParams(query) } : undefined;
  }
  return action !== undefined && isCall(action) ? { is: 'call', call: action, environment } : undefined;
}

const isCall = (name: string): name is Call => Object.hasOwn(CALLS, name);
