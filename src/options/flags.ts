/** The flags of `serve`: their names, their help, and what may stand behind them. */
import { Command, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../observation/log-format.js';
import { CONCURRENT_REQUESTS, REPLY_BYTES } from '../protocol/limits.js';
import { DEFAULT_LISTEN_URL } from '../transport/listen-url.js';
import type { SocketAddress } from '../transport/socket-address.js';
import { WS_AUTH_MODES, type WsAuthMode } from '../transport/ws-auth-options.js';
import { flagsOf, LIMIT_FLAGS, readLimit } from './limit-flags.js';
import { UsageError } from './usage-error.js';
import {
  readCount,
  readDrainSeconds,
  readMode,
  readOneOf,
  readPath,
  readReplyBytes,
  readSocketAddress,
  readU64,
} from './values.js';

export interface Flags {
  readonly listen?: string;
  readonly concurrentRequests?: number;
  readonly maxReplyBytes?: number;
  readonly drainSeconds?: number;
  readonly exitOnStdinClose?: true;

  readonly logFormat?: LogFormat;
  readonly logLevel?: LogLevel;
  readonly auditLog?: string;
  readonly metricsListen?: SocketAddress;

  readonly wsAuth?: WsAuthMode;
  readonly wsTokenFile?: string;
  readonly wsTokenSha256?: string;
  readonly wsSharedSecretFile?: string;
  readonly wsIssuer?: string;
  readonly wsAudience?: string;
  readonly wsMaxClockSkewSeconds?: bigint;

  readonly remote?: string;
  readonly environmentId?: string;
  readonly name?: string;
  readonly registryTokenFile?: string;
  readonly registryTokenHost?: string;
  readonly registrationBearerStdin?: true;
  readonly executorCredentialStdin?: true;
  readonly chatgptTokenStdin?: true;
  readonly chatgptAccountId?: string;
  readonly useAgentIdentityAuth?: true;

  readonly config?: true;
  readonly enable?: true;
  readonly disable?: true;
  readonly strictConfig?: true;
}

const HELP_AFTER = `
The address it listens on is printed as one line, ws://IP:PORT, on standard output.
GET /readyz on the same port answers 200 as soon as it can serve.

With --remote nobody has to reach it: it registers, dials out to a meeting point, and
serves whom the registry lets in, encrypted from end to end. Nothing is printed on
standard output then; what happens to its links is told on standard error. Without a
flag that says otherwise it shows CODEX_API_KEY, or what 'codex login' has left: an
API key goes to openai.com, openai.org and this machine only, any other token over
https or to this machine only. 'farhand relay' is a registry and meeting point of
one's own; its tokens are for --registry-token-file.

SIGTERM and SIGINT end it, and every command. With --drain-seconds the commands that
run get that time: it starts nothing more, takes no new sessions, and ends with the
last of them. SIGHUP makes it read the file of --ws-token-file or
--ws-shared-secret-file again, connections stay; that its terminal was closed ends it.

Examples:
  $ farhand serve                                    any free port, this machine only
  $ farhand serve --listen ws://127.0.0.1:9000
  $ farhand serve --listen ws://0.0.0.0:9000 --ws-auth capability-token --ws-token-file token
  $ farhand serve --listen stdio                     one peer, JSON lines on standard input and output
  $ farhand serve --remote https://relay.example --environment-id build-7 \\
    --registry-token-file token --registry-token-host relay.example
  $ CODEX_API_KEY=EXECUTOR_TOKEN farhand serve --remote http://127.0.0.1:9100 --environment-id build-7

Exit code:
  0  ended by a signal, or by the end of its input where that is its transport, its
     credentials, or --exit-on-stdin-close
  1  it could not start, or could not go on
  2  the arguments make no sense
  70 something went wrong that must not; standard error says where

Whoever can connect can run commands as you: on an address that others reach, ask for a token.`;

const STDIN_CLOSE = '--exit-on-stdin-close';
/** The same as a variable, `true` or `false`. Source: 0.169.0. */
const STDIN_CLOSE_VARIABLE = 'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE';

export interface GivenFlags {
  readonly command: Command;
  /** In the order in which they were given, each as the help writes it; complete after `command.parse`. */
  readonly given: readonly string[];
}

export function serveCommand(): GivenFlags {
  const given: string[] = [];
  const command = new Command('farhand serve')
    .description('Runs commands on this machine for a coding agent somewhere else.')
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'Show this help')
    .addHelpText('after', HELP_AFTER);

  const add = (option: Option) => {
    command.addOption(option);
    // A flag given twice is a mistake: the second would silently undo the first.
    command.on(`option:${option.name()}`, () => {
      if (given.includes(option.flags)) {
        throw new UsageError(`the argument '${option.flags}' cannot be used multiple times`);
      }
      given.push(option.flags);
    });
  };
  const flag = <T>(flags: string, description: string, parse: (value: string, flags: string) => T) =>
    add(new Option(flags, description).argParser((value: string) => parse(value, flags)));
  const text = (flags: string, description: string) => flag(flags, description, (value) => value);
  const choice = (flags: string, description: string) => add(new Option(flags, description));
  const refused = (flags: string, why: string) =>
    add(new Option(flags).hideHelp().argParser(() => refuse(flags.split(' ')[0]!, why)));

  text('--listen <URL>', `ws://IP:PORT, or stdio (default: ${DEFAULT_LISTEN_URL}, any free port)`);
  choice(STDIN_CLOSE, `End when standard input ends; also ${STDIN_CLOSE_VARIABLE}=true`);
  flag(
    '--drain-seconds <SECONDS>',
    'How long commands run on at the first SIGTERM or SIGINT (default: 0)',
    readDrainSeconds,
  );

  command.optionsGroup('What it bears; past a limit requests are refused with an error that names it:');
  flag(
    '--concurrent-requests <COUNT>',
    `At most so many requests of one connection at once (default: ${CONCURRENT_REQUESTS})`,
    readCount,
  );
  flag(
    '--max-reply-bytes <BYTES>',
    `A larger reply (a large file read whole) is an error (default: ${REPLY_BYTES})`,
    readReplyBytes,
  );
  for (const limit of LIMIT_FLAGS) {
    flag(flagsOf(limit), `${limit.description} (default: ${limit.default ?? 'no limit'})`, (value, flags) =>
      readLimit(limit, value, flags),
    );
  }

  command.optionsGroup('Who may connect:');
  flag('--ws-auth <MODE>', `Ask for a token: ${WS_AUTH_MODES.join(' or ')}`, readMode);
  flag('--ws-token-file <PATH>', 'capability-token: the file with the token', readPath);
  text('--ws-token-sha256 <HEX>', 'capability-token: the SHA-256 of the token instead');
  flag(
    '--ws-shared-secret-file <PATH>',
    'signed-bearer-token: the secret that signs JWTs (HS256), 32 bytes or more',
    readPath,
  );
  text('--ws-issuer <ISSUER>', 'signed-bearer-token: the issuer (iss) a JWT must have');
  text('--ws-audience <AUDIENCE>', 'signed-bearer-token: the audience (aud) a JWT must have');
  flag(
    '--ws-max-clock-skew-seconds <SECONDS>',
    'signed-bearer-token: how far clocks may differ (default: 30)',
    readU64,
  );

  command.optionsGroup('Who is told:');
  flag('--log-format <FORMAT>', `Log to standard error: ${LOG_FORMATS.join(' or ')}`, (value, flags) =>
    readOneOf(LOG_FORMATS, value, flags),
  );
  flag('--log-level <LEVEL>', `What is logged: ${LOG_LEVELS.join(', ')} (default: info)`, (value, flags) =>
    readOneOf(LOG_LEVELS, value, flags),
  );
  flag(
    '--metrics-listen <IP:PORT>',
    'GET /metrics for Prometheus there, and /healthz; without a token',
    readSocketAddress,
  );
  flag('--audit-log <PATH>', 'Append a line to this file for each operation', readPath);

  command.optionsGroup('Where nobody can connect:');
  text('--remote <URL>', 'Register at this registry, and serve whom it lets in');
  text('--environment-id <ID>', 'The environment to register as');
  text('--name <NAME>', 'Accepted for compatibility, without effect');
  flag('--registry-token-file <PATH>', 'Show this token; the file may be replaced while it is used', readPath);
  text('--registry-token-host <HOST>', 'The registry for which that token is, HOST or HOST:PORT');
  choice('--registration-bearer-stdin', 'Show the token in the first line of standard input');
  choice('--executor-credential-stdin', 'Show the newest credential from standard input, and end with it');
  choice('--chatgpt-token-stdin', 'Show the ChatGPT access token in the first line of standard input');
  text('--chatgpt-account-id <ID>', 'Of that token, where it does not say so itself');
  choice('--use-agent-identity-auth', 'Show the agent identity in CODEX_ACCESS_TOKEN');
  flag('--remote-transport <REMOTE_TRANSPORT>', 'noise, which is the only one here', (value, flags) =>
    readOneOf(['noise', 'direct'], value, flags) === 'noise'
      ? value
      : refuse(`${flags.split(' ')[0]} direct`, NO_DIRECT),
  );
  add(new Option('--aws-sigv4').hideHelp());
  command.on('option:aws-sigv4', () => refuse('--aws-sigv4', NO_DIRECT));
  for (const flags of ['--aws-profile <PROFILE>', '--aws-region <REGION>', '--aws-service <SERVICE>']) {
    refused(flags, NO_DIRECT);
  }

  command.optionsGroup('Without effect:');
  const ignored = (flags: string) => command.option(flags, 'Accepted for compatibility', () => true);
  ignored('-c, --config <key=value>');
  ignored('--enable <FEATURE>');
  ignored('--disable <FEATURE>');
  ignored('--strict-config');
  return { command, given };
}

const NO_DIRECT = 'this executor connects through a relay only';

/** What the reference has and we do not: to go on without it would do something else than what was asked for. */
export function refuse(what: string, why: string): never {
  throw new UsageError(`'${what}' is not supported: ${why}`);
}

/** Whether to end with standard input. The flag wins. Errors: UsageError. */
export function exitsOnStdinClose(
  { exitOnStdinClose }: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (exitOnStdinClose) return true;
  const { [STDIN_CLOSE_VARIABLE]: value } = environment;
  return value !== undefined && readOneOf(['true', 'false'], value, STDIN_CLOSE) === 'true';
}
