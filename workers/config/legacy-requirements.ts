/**
 * What managed_config.toml, which came before requirements.toml, requires: each of three settings allows its own value, and what
 * users need besides. Source: 0.169.0, probed.
 */
import { internalError } from '#src/protocol/errors.js';
import { isTable, type TomlTable, type TomlValue } from './toml-document.js';

const GRANULAR = ['sandbox_approval', 'rules', 'skill_approval', 'request_permissions', 'mcp_elicitations'];
const GRANULAR_NEEDED: ReadonlySet<string> = new Set(['sandbox_approval', 'rules', 'mcp_elicitations']);

/** As a requirements.toml. Errors: -32603 for a setting that has no such value, with `name`, the path of the file. */
export function legacyRequirements(name: string, config: TomlTable): TomlTable {
  const fault: Fault = (setting, text) => internalError(`${name}: ${setting} ${text}`);
  const { approval_policy: policy, approvals_reviewer: reviewer, sandbox_mode: mode } = config;
  const requirements: TomlTable = {};
  if (policy !== undefined) requirements.allowed_approval_policies = [approvalPolicy(policy, fault)];
  if (reviewer !== undefined) requirements.allowed_approvals_reviewers = reviewers(reviewer, fault);
  if (mode !== undefined) requirements.allowed_sandbox_modes = sandboxModes(mode, fault);
  return requirements;
}

type Fault = (setting: string, text: string) => Error;

function approvalPolicy(value: TomlValue, fault: Fault): TomlValue {
  if (isTable(value)) return { granular: granularPolicy(value.granular, fault) };
  const policy = oneOf('approval_policy', value, ['untrusted', 'on-failure', 'on-request', 'never'], fault);
  // The reference no longer knows the difference.
  return policy === 'on-failure' ? 'on-request' : policy;
}

function granularPolicy(value: TomlValue | undefined, fault: Fault): TomlTable {
  if (!isTable(value)) throw fault('approval_policy', 'must be a word or have a table `granular`');
  const policy: TomlTable = {};
  for (const name of GRANULAR) {
    const member = value[name] ?? (GRANULAR_NEEDED.has(name) ? undefined : false);
    if (typeof member !== 'boolean') throw fault(`approval_policy.granular.${name}`, 'must be a boolean');
    policy[name] = member;
  }
  return policy;
}

/** Whoever must have another reviewer may still decide for themselves. */
function reviewers(value: TomlValue, fault: Fault): string[] {
  const reviewer = oneOf('approvals_reviewer', value, ['user', 'auto_review', 'guardian_subagent'], fault);
  return reviewer === 'user' ? ['user'] : ['auto_review', 'user'];
}

/** Nothing works where reading is not allowed. */
function sandboxModes(value: TomlValue, fault: Fault): string[] {
  const mode = oneOf('sandbox_mode', value, ['read-only', 'workspace-write', 'danger-full-access'], fault);
  return mode === 'read-only' ? [mode] : ['read-only', mode];
}

function oneOf(setting: string, value: TomlValue, words: readonly string[], fault: Fault): string {
  if (typeof value === 'string' && words.includes(value)) return value;
  throw fault(setting, `must be one of ${words.map((word) => `\`${word}\``).join(', ')}`);
}
