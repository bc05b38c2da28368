import { randomUUID } from 'node:crypto';
import type * as v from 'valibot';
import type { EnvironmentInfo } from '../protocol/environment.js';
import type { startParams } from '../protocol/process.js';
import { badArgument } from './errors.js';
import { fileUri, type RemotePath } from './remote-path.js';
import { requireText, requireTexts } from './wire-text.js';

/** How the process's environment is made from the executor's own; what is left out has the default named. */
export interface EnvPolicyOptions {
  /** `all` of the executor's environment (default), a small `core` (PATH, HOME, LANG, ...), or `none`. */
  readonly inherit?: 'all' | 'core' | 'none';
  /** Keep names like `*KEY*`, `*SECRET*`, `*TOKEN*`. Default true. */
  readonly ignoreDefaultExcludes?: boolean;
  /** Names to leave out: whole-name patterns with `*` and `?`, case ignored. Default none. */
  readonly exclude?: readonly string[];
  /** Set after excluding. Default none. */
  readonly set?: Readonly<Record<string, string>>;
  /** If not empty, only these names are kept; patterns as in `exclude`. Default empty. */
  readonly includeOnly?: readonly string[];
}

export interface StartOptions {
  /** Working directory: an absolute POSIX path, or a `file:` URI (passed on unchanged, so it may be a Windows one). Default: the executor's own, else its user's home, else the root. */
  readonly cwd?: RemotePath | undefined;
  /** Added to the environment; wins over everything inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What is inherited. Default: everything. `null`: nothing at all, the process gets `env` alone. */
  readonly envPolicy?: EnvPolicyOptions | null | undefined;
  /** Run on a new terminal of 24 x 80; input is then always possible. Default false. */
  readonly tty?: boolean | undefined;
  /** `pipe` allows `write`; the pipe stays open as long as the process lives. Default `null`: the process reads an empty input. */
  readonly stdin?: 'pipe' | 'null' | undefined;
  /** What the process sees as its own name instead of `argv[0]`. */
  readonly arg0?: string | undefined;
  /** File system and network rights of the process, in their wire form. Default: none are taken away. */
  readonly sandbox?: v.InferInput<typeof startParams>['sandbox'];
  /**
   * What happens when a reader falls behind by more than is kept for it (256 events, 1 MiB).
   * `skip` (default): it takes up again from what the executor still has; what is gone there is reported as lost.
   * `wait`: the connection is not read until it has caught up. Nothing is lost and the process is slowed down, but all
   * other operations of the client wait as well, so a reader must not wait for one of them.
   */
  readonly whenBehind?: 'skip' | 'wait' | undefined;
  /** Who asked for this; becomes `CODEX_THREAD_ID` and `CODEX_TOOL_CALL_ID` in the process. */
  readonly metadata?: { readonly threadId?: string; readonly toolCallId?: string } | undefined;
  /** Names the process in its session; must be new. Default: a random UUID. */
  readonly processId?: string | undefined;
}

/** The parameters of `process/start` in wire form. */
export type StartRequest = v.InferInput<typeof startParams>;

/**
 * What `process/start` is sent for a command. Errors: `BAD_ARGUMENT`, naming the option; nothing is sent that the
 * executor could not even parse.
 */
export function startRequest(
  argv: readonly string[],
  options: StartOptions,
  environment: EnvironmentInfo | undefined,
): StartRequest {
  if (argv.length === 0) throw badArgument('argv', 'must hold at least the program');
  for (const argument of argv) requireText('argv', argument);
  const { tty = false, stdin = 'null', arg0, metadata, processId = randomUUID() } = options;
  const env = { ...legacyMetadata(metadata), ...options.env };
  for (const [name, value] of Object.entries(env)) {
    requireText('env', name);
    requireText(`env.${name}`, value);
  }
  if (arg0 !== undefined) requireText('arg0', arg0);
  requireText('processId', processId);
  for (const field of ['metadata', 'envPolicy', 'sandbox'] as const) requireTexts(field, options[field]);
  return {
    processId,
    metadata: metadata ?? null,
    argv: [...argv],
    cwd: cwdUri(options.cwd, environment),
    envPolicy: options.envPolicy === null ? null : envPolicy(options.envPolicy),
    env,
    tty,
    pipeStdin: stdin === 'pipe',
    arg0: arg0 ?? null,
    sandbox: options.sandbox ?? null,
  };
}

/** An executor that does not know `metadata` ignores it; then these two names do the same. */
const legacyMetadata = ({ threadId, toolCallId }: StartOptions['metadata'] & {} = {}): Record<string, string> => ({
  ...(threadId === undefined ? {} : { CODEX_THREAD_ID: threadId }),
  ...(toolCallId === undefined ? {} : { CODEX_TOOL_CALL_ID: toolCallId }),
});

const cwdUri = (cwd: RemotePath | undefined, environment: EnvironmentInfo | undefined): string =>
  cwd === undefined ? (environment?.cwd ?? environment?.userHomeDir ?? 'file:///') : fileUri(cwd, 'cwd');

const envPolicy = ({
  inherit = 'all',
  ignoreDefaultExcludes = true,
  exclude = [],
  set = {},
  includeOnly = [],
}: EnvPolicyOptions = {}): StartRequest['envPolicy'] => ({
  inherit,
  ignoreDefaultExcludes,
  exclude: [...exclude],
  set: { ...set },
  includeOnly: [...includeOnly],
});
