import { RECOVERY_MS, RECOVERY_RETRY_MS } from '../protocol/limits.js';
import { dialStdio } from '../transport/dial-stdio.js';
import { dialWebSocket } from '../transport/dial-websocket.js';
import { Client } from './client.js';
import { badArgument } from './errors.js';
import type { Redial, Target } from './target.js';

/** An executor that is started for this client and ends with it; it speaks the protocol on its standard input and output. */
export interface CommandTarget {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the executor. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ConnectOptions {
  /** Sent as `Authorization: Bearer ...`; for URLs. */
  readonly token?: string | undefined;
  /** More headers of the upgrade request; for URLs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Gives up connecting; without effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to an executor: by URL, or by the command that starts one.
 * Errors: `BAD_ARGUMENT`, naming the field; `CONNECT_FAILED`, `REFUSED`, `TIMED_OUT`; `ABORTED`.
 *
 * ```ts
 * await using client = await connect('ws://127.0.0.1:4500', { token: 'secret' });
 * await using local = await connect({ command: 'farhand', args: ['serve', '--listen', 'stdio'] });
 * ```
 */
export async function connect(target: string | URL | CommandTarget, options: ConnectOptions = {}): Promise<Client> {
  const { signal, ...access } = options;
  const isUrl = typeof target === 'string' || target instanceof URL;
  const client = new Client(isUrl ? urlTarget(target, access) : commandTarget(target, access));
  try {
    await client.ready(signal);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

type Access = Omit<ConnectOptions, 'signal'>;

const SOON_AGAIN: Redial = { deadlineMs: RECOVERY_MS, delayMs: () => RECOVERY_RETRY_MS };

function urlTarget(target: string | URL, { token, headers = {} }: Access): Target {
  const url = parseUrl(target);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    // Neither the query nor user and password, which may be secrets.
    name: `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`,
    redial: SOON_AGAIN,
    dial: (accept, { signal }) => dialWebSocket({ url, headers: { ...headers, ...authorization }, signal }, accept),
  };
}

function parseUrl(target: string | URL): URL {
  if (!URL.canParse(String(target))) {
    throw badArgument('url', `expected ws://HOST:PORT, got ${JSON.stringify(String(target))}`);
  }
  const url = new URL(target);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw badArgument('url', `expected ws: or wss:, got ${url.protocol}`);
  }
  if (url.hash !== '') throw badArgument('url', 'a fragment (#...) is not possible here');
  return url;
}

function commandTarget({ command, args = [], cwd, env }: CommandTarget, { token, headers }: Access): Target {
  if (command === '') throw badArgument('command', 'must not be empty');
  if (token !== undefined) throw badArgument('token', 'is for URLs, not for a command');
  if (headers !== undefined) throw badArgument('headers', 'are for URLs, not for a command');
  return {
    name: command,
    redial: undefined,
    dial: (accept, { signal }) => dialStdio({ command, args, cwd, env, signal }, accept),
  };
}
