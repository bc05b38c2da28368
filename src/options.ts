import { homedir } from 'node:os';
import { Command, CommanderError } from 'commander';
import { LARGEST_REPLY_BYTES, REPLY_BYTES, SMALLEST_REPLY_BYTES } from './protocol/limits.js';
import { DEFAULT_LISTEN_URL, type ListenTarget, parseListenUrl } from './transport/listen-url.js';
import { StartupError } from './transport/startup-error.js';
import {
  planWsAuth,
  type Surroundings,
  WS_AUTH_MODES,
  type WsAuthMode,
  type WsAuthPlan,
} from './transport/ws-auth-options.js';

/** What the arguments of `serve` ask for. */
export type ServeCommand = { readonly is: 'help'; readonly text: string } | ({ readonly is: 'serve' } & ServeOptions);

export interface ServeOptions {
  readonly listen: ListenTarget;
  /** No secret has been read yet: `loadBearerAuth` does that. */
  readonly auth: WsAuthPlan;
  /** Requests of one connection in progress at once; undefined when nobody asked for a bound. */
  readonly concurrentRequests: number | undefined;
  /** Largest answer that is sent, bytes; undefined when nobody asked for a bound. */
  readonly replyLimitBytes: number | undefined;
  /** Lines for stderr about flags that are accepted and do nothing. */
  readonly notices: readonly string[];
}

/** Arguments that are no command. For people: the message on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(problem: string) {
    super(`error: ${problem}\n\nFor more information, try '--help'.`);
  }
}

/**
 * Reads the arguments of `serve`, those behind the command's name. No I/O.
 * Errors: `UsageError` for arguments that make no sense, `StartupError` for sensible ones that do not go together.
 * Texts and order are those of 0.169.0 wherever it has the same flag.
 */
export function parseServeArguments(
  argv: readonly string[],
  surroundings: Surroundings = { cwd: process.cwd(), home: homedir() },
): ServeCommand {
  const command = serveCommand();
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    // The text comes with the error.
    writeErr: () => {},
  });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { is: 'help', text: help };
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  const flags = command.opts<Flags>();
  return { is: 'serve', ...serveOptions(flags, surroundings) };
}

function serveOptions(flags: Flags, surroundings: Surroundings): ServeOptions {
  const auth = planWsAuth(
    {
      wsAuth: flags.wsAuth,
      wsTokenFile: flags.wsTokenFile,
      wsTokenSha256: flags.wsTokenSha256,
      wsSharedSecretFile: flags.wsSharedSecretFile,
      wsIssuer: flags.wsIssuer,
      wsAudience: flags.wsAudience,
      wsMaxClockSkewSeconds: flags.wsMaxClockSkewSeconds,
    },
    surroundings,
  );
  const listen = parseListenUrl(flags.listen ?? DEFAULT_LISTEN_URL);
  if (listen.is === 'stdio' && auth.mode !== 'none') {
    throw new StartupError('WebSocket auth requires a WebSocket listener, not stdio');
  }
  const { concurrentRequests, maxReplyBytes: replyLimitBytes } = flags;
  return { listen, auth, concurrentRequests, replyLimitBytes, notices: notices(flags) };
}

interface Flags {
  readonly listen?: string;
  readonly concurrentRequests?: number;
  readonly maxReplyBytes?: number;
  readonly wsAuth?: WsAuthMode;
  readonly wsTokenFile?: string;
  readonly wsTokenSha256?: string;
  readonly wsSharedSecretFile?: string;
  readonly wsIssuer?: string;
  readonly wsAudience?: string;
  readonly wsMaxClockSkewSeconds?: bigint;
  readonly config?: true;
  readonly enable?: true;
  readonly disable?: true;
  readonly strictConfig?: true;
}

/** Flags of the reference's command line about a configuration that does not exist here. */
const IGNORED = {
  config: '--config',
  enable: '--enable',
  disable: '--disable',
  strictConfig: '--strict-config',
} as const;

function notices(flags: Flags): string[] {
  const given = Object.entries(IGNORED).flatMap(([key, flag]) => (flags[key as keyof typeof IGNORED] ? [flag] : []));
  return given.map(
    (flag) => `note: ${flag} has no effect: this executor has no configuration file and no features to switch`,
  );
}

const HELP_AFTER = `
The address it listens on is printed as one line, ws://IP:PORT, on standard output.
GET /readyz on the same port answers 200 as soon as it can serve.

Examples:
  $ farhand serve                                    any free port, this machine only
  $ farhand serve --listen ws://127.0.0.1:9000
  $ farhand serve --listen ws://0.0.0.0:9000 --ws-auth capability-token --ws-token-file token
  $ farhand serve --listen stdio                     one peer, JSON lines on standard input and output

Whoever can connect can run commands as you: on an address that others reach, ask for a token.`;

function serveCommand(): Command {
  const command = new Command('farhand serve')
    .description('Runs commands on this machine for a coding agent somewhere else.')
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'Show this help')
    .addHelpText('after', HELP_AFTER);
  const flag = <T>(flags: string, description: string, parse: (value: string, flags: string) => T) =>
    command.option(flags, description, once(flags, parse));

  flag('--listen <URL>', `ws://IP:PORT, or stdio (default: ${DEFAULT_LISTEN_URL}, any free port)`, (url) => url);
  flag(
    '--concurrent-requests <COUNT>',
    'At most so many requests of one connection at once (default: 4096)',
    readCount,
  );
  flag(
    '--max-reply-bytes <BYTES>',
    `A larger reply (a large file read whole) is an error (default: ${REPLY_BYTES})`,
    readReplyBytes,
  );
  flag('--ws-auth <MODE>', `Ask for a token: ${WS_AUTH_MODES.join(' or ')}`, readMode);
  flag('--ws-token-file <PATH>', 'capability-token: the file with the token', readPath);
  flag('--ws-token-sha256 <HEX>', 'capability-token: the SHA-256 of the token instead', (digest) => digest);
  flag(
    '--ws-shared-secret-file <PATH>',
    'signed-bearer-token: the secret that signs JWTs (HS256), 32 bytes or more',
    readPath,
  );
  flag('--ws-issuer <ISSUER>', 'signed-bearer-token: the issuer (iss) a JWT must have', (issuer) => issuer);
  flag('--ws-audience <AUDIENCE>', 'signed-bearer-token: the audience (aud) a JWT must have', (audience) => audience);
  flag(
    '--ws-max-clock-skew-seconds <SECONDS>',
    'signed-bearer-token: how far clocks may differ (default: 30)',
    readU64,
  );

  const ignored = (flags: string) => command.option(flags, 'Accepted for compatibility, without effect', () => true);
  ignored('-c, --config <key=value>');
  ignored('--enable <FEATURE>');
  ignored('--disable <FEATURE>');
  ignored('--strict-config');
  return command;
}

/** A flag given twice is a mistake: the second would silently undo the first. */
function once<T>(flags: string, parse: (value: string, flags: string) => T) {
  return (value: string, earlier: T | undefined): T => {
    if (earlier === undefined) return parse(value, flags);
    throw new UsageError(`the argument '${flags}' cannot be used multiple times`);
  };
}

function readPath(path: string, flags: string): string {
  if (path !== '') return path;
  throw new UsageError(`a value is required for '${flags}' but none was supplied`);
}

function readMode(value: string, flags: string): WsAuthMode {
  const mode = WS_AUTH_MODES.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw new UsageError(`invalid value '${value}' for '${flags}'\n  [possible values: ${WS_AUTH_MODES.join(', ')}]`);
}

function readCount(value: string, flags: string): number {
  const count = readU64(value, flags);
  if (count === 0n) throw invalidNumber(value, flags, 'number would be zero for non-zero type');
  return Number(count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : count);
}

function readReplyBytes(value: string, flags: string): number {
  const bytes = readU64(value, flags);
  if (bytes < SMALLEST_REPLY_BYTES) throw invalidNumber(value, flags, `must be at least ${SMALLEST_REPLY_BYTES}`);
  if (bytes > LARGEST_REPLY_BYTES) throw invalidNumber(value, flags, `must be at most ${LARGEST_REPLY_BYTES}`);
  return Number(bytes);
}

const U64_MAX = 2n ** 64n - 1n;

function readU64(value: string, flags: string): bigint {
  if (value === '') throw invalidNumber(value, flags, 'cannot parse integer from empty string');
  if (!/^\+?\d+$/.test(value)) throw invalidNumber(value, flags, 'invalid digit found in string');
  const number = BigInt(value.replace('+', ''));
  if (number > U64_MAX) throw invalidNumber(value, flags, 'number too large to fit in target type');
  return number;
}

const invalidNumber = (value: string, flags: string, why: string): UsageError =>
  new UsageError(`invalid value '${value}' for '${flags}': ${why}`);
