/** What one folder offers: skills, and a plugin if it is one. Source: 0.169.0, probed. */
import { statSync } from 'node:fs';
import { atVisible } from '#src/files/hidden-places.js';
import type { Hidden } from '#src/pool/file-calls.js';
import type { CapabilityTextFile, RootDiscovery } from '#src/protocol/discovery.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CAPABILITY_WALK_DEPTH, CAPABILITY_WALK_DIRECTORIES, CAPABILITY_WALK_ENTRIES } from '#src/protocol/limits.js';
import { thrownText } from '#src/protocol/os-error.js';
import { baseName, fileUri, joinUri, nativePath, parentUri } from '#src/protocol/path-uri.js';
import { walkTree } from '../files/walk.js';
import { Bundle } from './bundle.js';
import { declaredFiles, manifestAt, manifestPlaces } from './plugin-manifest.js';

const INSTRUCTIONS = 'SKILL.md';
const SETTINGS = ['agents', 'openai.yaml'];
const WALK_LIMITS = {
  maxDepth: CAPABILITY_WALK_DEPTH,
  maxDirectories: CAPABILITY_WALK_DIRECTORIES,
  maxEntries: CAPABILITY_WALK_ENTRIES,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

export type Discovered = Omit<RootDiscovery, 'id' | 'path'>;

/** A root that cannot be looked at has an error and nothing else. */
export const fault = (error: string): Discovered => ({
  plugin: null,
  skills: [],
  namespaceManifests: [],
  warnings: [],
  error,
});

export function discoverRoot(root: FileUri, hidden?: Hidden): Discovered {
  try {
    if (hidden) atVisible(nativePath(root), hidden, () => {});
    if (!statSync(nativePath(root)).isDirectory()) return fault(`capability root ${root} is not a directory`);
  } catch (error) {
    return fault(`failed to inspect capability root ${root}: ${thrownText(error)}`);
  }
  try {
    return discoverBelow(root, hidden);
  } catch (error) {
    return fault(`failed to scan capability root ${root}: ${thrownText(error)}`);
  }
}

function discoverBelow(root: FileUri, hidden: Hidden | undefined): Discovered {
  const { entries, errors, truncated } = walkTree(root, WALK_LIMITS, hidden);
  const files = entries.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const bundle = new Bundle(hidden);
  bundle.warnings.push(...errors.map(({ path, message }) => `failed to scan capability path ${path}: ${message}`));
  if (truncated) bundle.warnings.push(`capability scan reached its traversal limit (root: ${root})`);
  // In this order: what comes first has room, should the whole be too large.
  const manifest = readManifest(bundle, root);
  const above = manifest ?? readManifestAbove(bundle, root);
  const namespaceManifests = [...listed(above), ...readManifestsBelow(bundle, files, above)];
  const plugin = manifest === undefined ? null : readPlugin(bundle, root, manifest);
  const skills = files
    .filter((path) => baseName(path) === INSTRUCTIONS)
    .sort()
    .flatMap((path) => readSkill(bundle, path));
  return { plugin, skills, namespaceManifests, warnings: bundle.warnings, error: null };
}

const listed = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

function readManifest(bundle: Bundle, root: FileUri): CapabilityTextFile | undefined {
  for (const place of manifestPlaces(root)) {
    const manifest = bundle.read(place);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

/** That of the plugin which the root is a part of. */
function readManifestAbove(bundle: Bundle, root: FileUri): CapabilityTextFile | undefined {
  for (let folder = parentUri(shortSpelling(root)); folder !== undefined; folder = parentUri(folder)) {
    const manifest = readManifest(bundle, folder);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

/** The root as it was spelled, unless `//` and `a%2F..` make it longer than any escapes would: each has a folder above it, without end. */
function shortSpelling(root: FileUri): FileUri {
  const shortest = fileUri(nativePath(root));
  return root.length > '%XX'.length * shortest.length ? shortest : root;
}

/** One per plugin, in the order of their roots; none for the one already read. */
function readManifestsBelow(
  bundle: Bundle,
  files: readonly FileUri[],
  read?: CapabilityTextFile,
): CapabilityTextFile[] {
  const seen = new Set(listed(read).map(({ path }) => manifestAt(path)?.root));
  const manifests = files
    .flatMap((path) => listed(manifestAt(path)).map(({ root, rank }) => ({ path, root, rank })))
    .sort((one, other) => compare(one.root, other.root) || one.rank - other.rank);
  return manifests.flatMap(({ path, root }) => {
    if (seen.has(root)) return [];
    seen.add(root);
    return listed(bundle.read(path));
  });
}

/** URIs are ASCII: the order of JavaScript is that of bytes. */
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

function readPlugin(bundle: Bundle, root: FileUri, manifest: CapabilityTextFile): RootDiscovery['plugin'] {
  const { mcpConfig, appsConfig } = declaredFiles(root, manifest, (warning) => bundle.warnings.push(warning));
  return {
    manifest,
    mcpConfig: (mcpConfig && bundle.read(mcpConfig)) ?? null,
    appsConfig: bundle.read(appsConfig) ?? null,
  };
}

function readSkill(bundle: Bundle, path: FileUri): RootDiscovery['skills'] {
  const instructions = bundle.read(path);
  if (instructions === undefined) return [];
  const settings = SETTINGS.reduce(joinUri, parentUri(path)!);
  return [{ instructions, metadata: bundle.read(settings) ?? null }];
}
