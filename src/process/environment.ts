/** What a child finds in its environment. Source: 0.169.0; the order of the steps is visible. */
import type { EnvPolicy, ExecMetadata } from '../protocol/process.js';
import { foldCase, matchesName } from './name-pattern.js';

/** The parts of a start that make its environment. */
export interface EnvironmentPlan {
  /** Null: nothing of the server's own environment is inherited. */
  readonly policy: EnvPolicy | null;
  readonly env: ReadonlyMap<string, string>;
  readonly metadata: ExecMetadata | null;
  readonly tty: boolean;
  /** Path of the account's login shell, for terminals. */
  readonly accountShell: string;
}

/** What `inherit: core` takes, in any case of letters. */
const CORE_NAMES = new Set([
  'path',
  'shell',
  'tmpdir',
  'temp',
  'tmp',
  'home',
  'lang',
  'lc_all',
  'lc_ctype',
  'logname',
  'user',
]);
/** Names that look like secrets, kept from children unless the policy says otherwise. */
const DEFAULT_EXCLUDES = ['*KEY*', '*SECRET*', '*TOKEN*'];
/** A switch of the server itself, and who asked for the process: no child gets them from the environment or a request. */
const OWN_NAMES = ['CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE', 'CODEX_TOOL_CALL_ID'];
/** Credentials that no child gets, not even when asked; in any case of letters, folded. */
const WITHHELD_NAMES = new Set([
  'codex_exec_server_noise_auth_token',
  'codex_guardian_decisions_api_key',
  'openai_workload_identity_context',
  'openai_identity_token_file',
  'openai_federation_rule_id',
]);

/** The whole environment of the child, each name once. `server` is the environment of this program. */
export function childEnvironment(
  plan: EnvironmentPlan,
  server: Readonly<Record<string, string | undefined>>,
): (readonly [name: string, value: string])[] {
  const child = plan.policy === null ? new Map<string, string>() : inherited(plan.policy, server);
  overlay(child, plan.env);
  withhold(child);
  if (plan.metadata !== null) setMetadata(child, plan.metadata);
  if (plan.tty && !child.has('SHELL')) child.set('SHELL', plan.accountShell);
  return [...child];
}

function withhold(child: Map<string, string>): void {
  for (const name of OWN_NAMES) child.delete(name);
  for (const name of child.keys()) if (WITHHELD_NAMES.has(foldCase(name))) child.delete(name);
}

/** A part that is null takes away what stands there. */
function setMetadata(child: Map<string, string>, { threadId, toolCallId }: ExecMetadata): void {
  child.delete('CODEX_THREAD_ID');
  if (threadId != null) child.set('CODEX_THREAD_ID', threadId);
  if (toolCallId != null) child.set('CODEX_TOOL_CALL_ID', toolCallId);
}

/** What the policy leaves of the server's environment, with what it sets. */
function inherited(policy: EnvPolicy, server: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const excludes = policy.ignoreDefaultExcludes ? policy.exclude : [...DEFAULT_EXCLUDES, ...policy.exclude];
  const child = new Map<string, string>();
  for (const [name, value] of Object.entries(server)) {
    if (value !== undefined && isInherited(policy.inherit, name) && !matchesAny(excludes, name)) child.set(name, value);
  }
  overlay(child, policy.set);
  if (policy.includeOnly.length > 0) {
    for (const name of child.keys()) if (!matchesAny(policy.includeOnly, name)) child.delete(name);
  }
  return child;
}

function isInherited(inherit: EnvPolicy['inherit'], name: string): boolean {
  switch (inherit) {
    case 'all':
      return true;
    case 'core':
      return CORE_NAMES.has(foldCase(name));
    case 'none':
      return false;
    default:
      return inherit satisfies never;
  }
}

const matchesAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => matchesName(pattern, name));

function overlay(child: Map<string, string>, pairs: ReadonlyMap<string, string>): void {
  for (const [name, value] of pairs) child.set(name, value);
}
