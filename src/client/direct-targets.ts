/** Executors that are dialled as they are: by a WebSocket URL, or by the command that starts one. */
import { RECOVERY_MS, RECOVERY_RETRY_MS } from '../protocol/limits.js';
import { dialStdio } from '../transport/dial-stdio.js';
import { dialWebSocket } from '../transport/dial-websocket.js';
import { badArgument } from './errors.js';
import type { Access, Redial, Target } from './target.js';

/** An executor that is started for this client and ends with it; it speaks the protocol on its standard input and output. */
export interface CommandTarget {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the executor. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const SOON_AGAIN: Redial = { deadlineMs: RECOVERY_MS, delayMs: () => RECOVERY_RETRY_MS };

/** `url`: ws or wss. Errors: `BAD_ARGUMENT` of `url`. */
export function webSocketTarget(url: URL, { token, headers = {} }: Access): Target {
  if (url.hash !== '') throw badArgument('url', 'a fragment (#...) is not possible here');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    // Neither the query nor user and password, which may be secrets.
    name: `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`,
    redial: SOON_AGAIN,
    dial: (accept, { signal }) => dialWebSocket({ url, headers: { ...headers, ...authorization }, signal }, accept),
  };
}

/** Errors: `BAD_ARGUMENT` of `command`, `token`, `headers`. */
export function commandTarget({ command, args = [], cwd, env }: CommandTarget, { token, headers }: Access): Target {
  if (command === '') throw badArgument('command', 'must not be empty');
  if (token !== undefined) throw badArgument('token', 'is for URLs, not for a command');
  if (headers !== undefined) throw badArgument('headers', 'are for URLs, not for a command');
  return {
    name: command,
    redial: undefined,
    dial: (accept, { signal }) => dialStdio({ command, args, cwd, env, signal }, accept),
  };
}
