/** Sandbox contexts as they come from the wire. */
import { decodeParams } from '#src/protocol/decode.js';
import type { FileUri } from '#src/protocol/ids.js';
import type { JsonValue } from '#src/protocol/json-value.js';
import type { SandboxContext } from '#src/protocol/sandbox.js';
import type { Policy } from '#src/sandbox/policy.js';
import { type PolicyFacts, resolvePolicy } from '#src/sandbox/resolve-policy.js';

export const uri = (text: string) => text as FileUri;

export const decoded = (sandbox: JsonValue) =>
  decodeParams('fs/readFile', { path: 'file:///x', sandbox }).sandbox as SandboxContext;

export interface Around {
  readonly network?: 'restricted' | 'enabled';
  readonly depth?: number;
  readonly [member: string]: JsonValue;
}

/** A managed context with these entries; `cwd` is /w and so is its only root unless said otherwise. */
export const managed = (entries: JsonValue[], { network = 'restricted', depth, ...around }: Around = {}) =>
  decoded({
    permissions: {
      type: 'managed',
      file_system: { type: 'restricted', entries, glob_scan_max_depth: depth ?? null },
      network,
    },
    cwd: 'file:///w',
    workspaceRoots: ['file:///w'],
    windowsSandboxLevel: 'disabled',
    ...around,
  });

/** `write /a`, `read :root`, `write :project_roots/sub`, `deny glob **` followed by the pattern. */
export function entry(words: string): JsonValue {
  const [access, what, pattern] = words.split(' ') as [string, string, string?];
  if (what === 'glob') return { access, path: { type: 'glob_pattern', pattern: pattern! } };
  if (!what.startsWith(':')) return { access, path: { type: 'path', path: `file://${what}` } };
  const [kind, ...subpath] = what.slice(1).split('/');
  const value = {
    kind: kind!,
    ...(kind === 'unknown' ? { path: '/unknown' } : {}),
    ...(subpath.length === 0 ? {} : { subpath: subpath.join('/') }),
  };
  return { access, path: { type: 'special', value } };
}

export const PROCESS: PolicyFacts = {
  asker: { kind: 'process', cwd: uri('file:///command') },
  tmpdir: '/var/tmp',
  hasSlashTmp: true,
};
export const FILES: PolicyFacts = { ...PROCESS, asker: { kind: 'files', reads: false } };

/** Rules in short words, in order. */
export const rulesOf = (policy: Policy): string[] =>
  policy.kind === 'confined' ? policy.rules.map(({ path, access }) => `${access} ${path}`) : [policy.kind];

export const resolved = (words: readonly string[], around: Around = {}, facts: PolicyFacts = PROCESS) =>
  resolvePolicy(managed(words.map(entry), around), facts);
