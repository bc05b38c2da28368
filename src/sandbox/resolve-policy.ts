/** From the sandbox context of a request to its policy: what the words mean on this host, for this request. Source: 0.169.0, probed. */
import type { FileUri } from '../protocol/ids.js';
import { isNative, nativePath } from '../protocol/path-uri.js';
import type { Permissions, SandboxContext, SandboxEntry } from '../protocol/sandbox.js';
import { type Glob, parseGlob } from './glob-pattern.js';
import { type Network, type PathRule, type Policy, readsAll, writesAll } from './policy.js';
import { type AskerKind, foreignPath, needsCwd, type PathField, pathNotUtf8, textNoPath } from './policy-errors.js';
import { type Places, specialRules } from './special-paths.js';

/** What the policy depends on besides the context. */
export interface PolicyFacts {
  readonly asker:
    | { readonly kind: 'process'; readonly cwd: FileUri }
    /** `reads`: the request changes nothing on the disk, so that under a policy by which all can be read the roots do not matter. */
    | { readonly kind: 'files'; readonly reads: boolean };
  /** TMPDIR in the final environment of the command; for files in that of the executor. */
  readonly tmpdir: string | undefined;
  /** Whether /tmp is a directory. */
  readonly hasSlashTmp: boolean;
}

/**
 * Errors, all before anything is done: a path that is not native, not UTF-8 or has a NUL (-32602 for a process, -32600 for files);
 * for files no cwd where one is needed (-32602); a glob that cannot be expanded (-32602). For a process all paths are checked, in
 * the order cwd, workspace roots, entries, cwd of the command; for files first the entries, and the others only where they matter.
 */
export function resolvePolicy(context: SandboxContext, facts: PolicyFacts): Policy {
  const { asker } = facts;
  return asker.kind === 'process' ? forProcess(context, asker.cwd, facts) : forFiles(context, asker.reads, facts);
}

function forProcess(context: SandboxContext, commandCwd: FileUri, facts: PolicyFacts): Policy {
  const { permissions } = context;
  const { cwdUri, rootUris } = origins(context);
  const native = nativeText('process');
  const cwd = native('policy cwd', cwdUri ?? commandCwd);
  const workspaceRoots = rootUris.map((uri) => native('workspace root', uri));
  const files = restricted(permissions);
  if (files !== undefined) checkEntries(files.entries, 'process');
  native('command cwd', commandCwd);
  if (files === undefined) return unconfined(permissions);

  const resolved = resolveEntries(files, { ...facts, cwd, workspaceRoots }, 'process');
  return resolved.writesAll ? allFiles(files.network) : resolved.confined();
}

function forFiles(context: SandboxContext, reads: boolean, facts: PolicyFacts): Policy {
  const files = restricted(context.permissions);
  if (files === undefined) return unconfined(context.permissions);
  const { cwdUri, rootUris } = origins(context);
  if (cwdUri === null && files.entries.some((entry) => needsPolicyCwd(entry, facts.tmpdir))) throw needsCwd();
  checkEntries(files.entries, 'files');

  // A root that cannot be a path of this host has nothing on its disk either. If it matters all the same, it is refused below.
  const native = nativeText('files');
  const cwd = cwdUri === null || !isNative(cwdUri) ? '/' : native('policy cwd', cwdUri);
  const workspaceRoots = rootUris.filter(isNative).map((uri) => native('workspace root', uri));
  const resolved = resolveEntries(files, { ...facts, cwd, workspaceRoots }, 'files');
  if (resolved.writesAll) return allFiles(files.network);
  if (!(reads && resolved.readsAll)) {
    if (cwdUri !== null) native('policy cwd', cwdUri);
    for (const uri of rootUris) native('workspace root', uri);
  }
  return resolved.confined();
}

// ---- what is asked ---------------------------------------------------------------------------------

/** A `policyContext` gives the roots alone, and the cwd if it has one. */
function origins({ policyContext, cwd, workspaceRoots }: SandboxContext) {
  return { cwdUri: policyContext?.cwd ?? cwd, rootUris: policyContext?.workspaceRoots ?? workspaceRoots };
}

interface RestrictedFiles {
  readonly entries: readonly SandboxEntry[];
  readonly globDepth: number | undefined;
  readonly network: Network;
}

/** Undefined where all files are free. */
function restricted(permissions: Permissions): RestrictedFiles | undefined {
  if (permissions.type !== 'managed' || permissions.file_system.type === 'unrestricted') return undefined;
  const { entries, glob_scan_max_depth: depth } = permissions.file_system;
  return { entries, globDepth: depth ?? undefined, network: permissions.network };
}

const unconfined = (permissions: Permissions): Policy =>
  allFiles(permissions.type === 'disabled' ? 'enabled' : permissions.network);

const allFiles = (network: Network): Policy => (network === 'enabled' ? { kind: 'free' } : { kind: 'offline' });

/** Whatever access it gives. A relative TMPDIR means nothing without a directory either. */
function needsPolicyCwd({ path }: SandboxEntry, tmpdir: string | undefined): boolean {
  switch (path.type) {
    case 'path':
      return false;
    case 'glob_pattern':
      return !path.pattern.startsWith('/');
    case 'special':
      return path.value.kind === 'project_roots' || (path.value.kind === 'tmpdir' && !/^\/|^$/.test(tmpdir ?? ''));
    default:
      return path satisfies never;
  }
}

// ---- from entries to rules -------------------------------------------------------------------------

function checkEntries(entries: readonly SandboxEntry[], asker: AskerKind): void {
  const native = nativeText(asker);
  for (const { path } of entries) if (path.type === 'path') native('permission path', path.path);
}

/** Globs are read last: whatever is wrong with a path is told first. */
function resolveEntries(files: RestrictedFiles, places: Places, asker: AskerKind) {
  const { entries, globDepth, network } = files;
  checkTexts(entries, places, asker);
  const rules = entries.flatMap((entry) => rulesOf(entry, places));
  const patterns = entries.flatMap(({ path, access }) =>
    path.type === 'glob_pattern' && access === 'deny' ? [path.pattern] : [],
  );
  const platform = entries.some(
    ({ path, access }) => path.type === 'special' && path.value.kind === 'minimal' && access !== 'deny',
  );
  return {
    readsAll: patterns.length === 0 && readsAll(rules),
    writesAll: patterns.length === 0 && writesAll(rules),
    confined(): Policy {
      const globs = patterns.flatMap((pattern) => globsOf(pattern, places));
      return { kind: 'confined', rules, platform, globs, globDepth, network };
    },
  };
}

function checkTexts(entries: readonly SandboxEntry[], places: Places, asker: AskerKind): void {
  for (const { path } of entries) {
    if (path.type === 'glob_pattern' && !isPathText(path.pattern)) throw textNoPath(asker, 'glob pattern');
    if (path.type !== 'special') continue;
    const { value } = path;
    if (value.kind === 'project_roots' && !isPathText(value.subpath ?? '')) throw textNoPath(asker, 'subpath');
    if (value.kind === 'tmpdir' && !isPathText(places.tmpdir ?? '')) throw textNoPath(asker, 'TMPDIR');
  }
}

const isPathText = (text: string) => !text.includes('\0') && text.isWellFormed();

function rulesOf({ path, access }: SandboxEntry, places: Places): PathRule[] {
  switch (path.type) {
    case 'path':
      return [{ path: nativePath(path.path) as string, access }];
    case 'special':
      return specialRules(path.value, access, places);
    case 'glob_pattern':
      return [];
    default:
      return path satisfies never;
  }
}

function globsOf(pattern: string, { cwd, workspaceRoots }: Places): Glob[] {
  if (pattern.startsWith(IN_ROOTS))
    return workspaceRoots.map((root) => parseGlob(root, pattern.slice(IN_ROOTS.length)));
  return [parseGlob(pattern.startsWith('/') ? '/' : cwd, pattern)];
}
const IN_ROOTS = 'codex-project-roots://';

/** Reads the path of a member, or says why it is none of this host. */
function nativeText(asker: AskerKind): (field: PathField, uri: FileUri) => string {
  return (field, uri) => {
    if (!isNative(uri)) throw foreignPath(asker, field, uri);
    const path = nativePath(uri);
    if (typeof path !== 'string') throw pathNotUtf8(asker, field, uri);
    return path;
  };
}
