/** What the arguments of `serve` ask for. */
import { homedir } from 'node:os';
import { type Command, CommanderError } from 'commander';
import type { CredentialFlags } from '../credentials/select.js';
import type { ExecutorLimits } from '../limits/executor-limits.js';
import type { ObservationOptions } from '../observation/observe.js';
import { RELAY_MESSAGE_BYTES } from '../protocol/limits.js';
import { DEFAULT_LISTEN_URL, type ListenTarget, parseListenUrl } from '../transport/listen-url.js';
import { StartupError } from '../transport/startup-error.js';
import { absolutePath, planWsAuth, type Surroundings, type WsAuthPlan } from '../transport/ws-auth-options.js';
import { checkCombination } from './combinations.js';
import { exitsOnStdinClose, type Flags, refuse, serveCommand } from './flags.js';
import { LIMIT_FLAGS } from './limit-flags.js';
import { UsageError } from './usage-error.js';

export type ServeCommand =
  | { readonly is: 'help'; readonly text: string }
  | ({ readonly is: 'serve' } & ListenOptions)
  | ({ readonly is: 'serveRemotely' } & RemoteOptions);

export interface CommonOptions {
  /** Requests of one connection in progress at once; undefined when nobody asked for a bound. */
  readonly concurrentRequests: number | undefined;
  /** Largest answer that is sent, bytes; undefined when nobody asked for a bound. */
  readonly replyLimitBytes: number | undefined;
  /** How long commands run on when it is asked to end; 0 for not at all. */
  readonly drainSeconds: number;
  /** Those that somebody asked for. */
  readonly limits: Partial<ExecutorLimits>;
  readonly exitsOnStdinClose: boolean;
  readonly observation: ObservationOptions;
  /** Lines for stderr about flags that are accepted and do nothing. */
  readonly notices: readonly string[];
}

/** Others connect to it. */
export interface ListenOptions extends CommonOptions {
  readonly listen: ListenTarget;
  /** No secret has been read yet: `loadBearerAuth` does that. */
  readonly auth: WsAuthPlan;
}

/** It connects to a rendezvous. */
export interface RemoteOptions extends CommonOptions {
  /** As given: the registry's errors are told where it is asked. */
  readonly registryUrl: string;
  readonly environmentId: string;
  /** Nothing has been read yet: `openCredentials` does that. The path of a file is absolute. */
  readonly credentials: CredentialFlags;
}

/** What the arguments are read against. */
export interface ServeSurroundings extends Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the arguments of `serve`, those behind the command's name. No I/O.
 * Errors: `UsageError` for arguments that make no sense, `StartupError` for sensible ones that do not go together.
 * Texts and order are those of 0.169.0 wherever it has the same flag.
 */
export function parseServeArguments(
  argv: readonly string[],
  surroundings: ServeSurroundings = { cwd: process.cwd(), home: homedir(), environment: process.env },
): ServeCommand {
  if (argv[0] === 'forward') refuse('forward', 'this executor serves its own machine only');
  const { command, given } = serveCommand();
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
  checkCombination(given);
  return serveOptions(command.opts<Flags>(), givenLimits(command), surroundings);
}

function givenLimits(command: Command): Partial<ExecutorLimits> {
  const values: Record<string, number | undefined> = command.opts();
  const given = LIMIT_FLAGS.flatMap(({ limit, sets }) => {
    const value = values[camelCase(limit)];
    return value === undefined ? [] : [[sets, value]];
  });
  return Object.fromEntries(given) as Partial<ExecutorLimits>;
}

/** How the parser calls what stands behind a flag. */
const camelCase = (flag: string) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function serveOptions(flags: Flags, limits: Partial<ExecutorLimits>, surroundings: ServeSurroundings): ServeCommand {
  const { concurrentRequests, maxReplyBytes: replyLimitBytes, remote, environmentId = '' } = flags;
  const common: CommonOptions = {
    concurrentRequests,
    replyLimitBytes,
    drainSeconds: flags.drainSeconds ?? 0,
    limits,
    exitsOnStdinClose: exitsOnStdinClose(flags, surroundings.environment),
    observation: observationOptions(flags, surroundings),
    notices: notices(flags),
  };
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
  if (remote !== undefined) {
    if (replyLimitBytes !== undefined && replyLimitBytes > RELAY_MESSAGE_BYTES) {
      throw new UsageError(
        `'--max-reply-bytes <BYTES>' must be at most ${RELAY_MESSAGE_BYTES} with '--remote <URL>': no longer message goes through a relay`,
      );
    }
    if (auth.mode !== 'none') throw new StartupError('WebSocket listener auth cannot be used with --remote or forward');
    return {
      is: 'serveRemotely',
      registryUrl: remote,
      environmentId,
      credentials: credentialFlags(flags, surroundings),
      ...common,
    };
  }
  const listen = parseListenUrl(flags.listen ?? DEFAULT_LISTEN_URL);
  if (listen.is === 'stdio' && auth.mode !== 'none') {
    throw new StartupError('WebSocket auth requires a WebSocket listener, not stdio');
  }
  return { is: 'serve', listen, auth, ...common };
}

function observationOptions(flags: Flags, surroundings: Surroundings): ObservationOptions {
  const { logFormat: format, logLevel: level, auditLog, metricsListen } = flags;
  return {
    log: format && { format, level },
    auditFile: auditLog === undefined ? undefined : absolutePath(auditLog, surroundings),
    metrics: metricsListen,
  };
}

function credentialFlags(flags: Flags, surroundings: Surroundings): CredentialFlags {
  const { registrationBearerStdin, executorCredentialStdin, chatgptTokenStdin, useAgentIdentityAuth } = flags;
  const { chatgptAccountId, registryTokenFile, registryTokenHost } = flags;
  return {
    ...(registrationBearerStdin && { registrationBearerStdin }),
    ...(executorCredentialStdin && { executorCredentialStdin }),
    ...(chatgptTokenStdin && { chatgptTokenStdin }),
    ...(useAgentIdentityAuth && { useAgentIdentityAuth }),
    ...(chatgptAccountId !== undefined && { chatgptAccountId }),
    ...(registryTokenFile !== undefined && { registryTokenFile: absolutePath(registryTokenFile, surroundings) }),
    ...(registryTokenHost !== undefined && { registryTokenHost }),
  };
}

/** Flags of the reference's command line about a configuration that does not exist here. */
const WITHOUT_CONFIGURATION = {
  config: '--config',
  enable: '--enable',
  disable: '--disable',
  strictConfig: '--strict-config',
} as const;

function notices(flags: Flags): string[] {
  const given = Object.entries(WITHOUT_CONFIGURATION).filter(([key]) => flags[key as keyof Flags]);
  const noted = given.map(
    ([, flag]) => `note: ${flag} has no effect: this executor has no configuration file and no features to switch`,
  );
  if (flags.environmentId !== undefined && flags.remote === undefined) {
    noted.push('note: --environment-id has no effect without --remote');
  }
  if (flags.name !== undefined) noted.push('note: --name has no effect: registries are not told of it');
  return noted;
}
