import type { Client } from './client.js';
import { type CommandTarget, commandTarget, webSocketTarget } from './direct-targets.js';
import { type EnvironmentTarget, environmentOf, isRegistryUrl } from './environment-url.js';
import { badArgument } from './errors.js';
import { openClient } from './open-client.js';
import type { Access, Target } from './target.js';

export interface ConnectOptions {
  /** Sent as `Authorization: Bearer ...`: to the executor that listens at a `ws:` URL, or to the registry of an environment. */
  readonly token?: string | undefined;
  /** More headers of the upgrade request; for `ws:` URLs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Gives up connecting; without effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to an executor: to one that listens, by its URL; to one that is known to a registry, by the URL of its environment
 * (`https://REGISTRY/ENVIRONMENT`, the environment's id percent-encoded) or by both apart; or by the command that starts one.
 * An environment needs a token, and its way is encrypted from end to end; while its executor is away, connecting tries for some 14 s.
 * Errors: `BAD_ARGUMENT`, naming the field; `CONNECT_FAILED`, `REFUSED`, `LIMIT_REACHED`, `TIMED_OUT`; `ABORTED`.
 *
 * ```ts
 * await using client = await connect('ws://127.0.0.1:4500', { token: 'secret' });
 * await using remote = await connect('https://relay.example/build-7', { token: 'secret' });
 * await using local = await connect({ command: 'farhand', args: ['serve', '--listen', 'stdio'] });
 * ```
 */
export async function connect(
  target: string | URL | CommandTarget | EnvironmentTarget,
  options: ConnectOptions = {},
): Promise<Client> {
  const { signal, ...access } = options;
  return await openClient(await targetOf(target, access), signal);
}

async function targetOf(target: string | URL | CommandTarget | EnvironmentTarget, access: Access): Promise<Target> {
  if (typeof target === 'string' || target instanceof URL) return await urlTarget(parseUrl(target), access);
  if ('command' in target) return commandTarget(target, access);
  const { environmentTarget } = await loadEnvironmentTarget();
  return environmentTarget(target, access);
}

async function urlTarget(url: URL, access: Access): Promise<Target> {
  if (!isRegistryUrl(url)) return webSocketTarget(url, access);
  const environment = environmentOf(url);
  const { environmentTarget } = await loadEnvironmentTarget();
  return environmentTarget(environment, access, { registryUrl: 'url', environmentId: 'url' });
}

function parseUrl(target: string | URL): URL {
  if (!URL.canParse(String(target))) {
    throw badArgument(
      'url',
      // It may have a password in it, or a token.
      'expected ws://HOST:PORT or https://REGISTRY/ENVIRONMENT; this is no URL',
    );
  }
  const url = new URL(target);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:' && !isRegistryUrl(url)) {
    throw badArgument('url', `expected ws:, wss: or https:, got ${url.protocol}`);
  }
  return url;
}

/** Loaded when it is asked for: what it needs is much, and nothing of it is for an executor that is dialled as it is. */
export const loadEnvironmentTarget = () => import('./environment-target.js');
