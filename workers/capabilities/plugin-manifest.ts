/** plugin.json: where it stands, what it names and which files it declares. Pure. Source: 0.169.0, probed. */
import type { CapabilityTextFile } from '#src/protocol/discovery.js';
import type { FileUri } from '#src/protocol/ids.js';
import { baseName, joinUri, parentUri } from '#src/protocol/path-uri.js';

const MANIFEST = 'plugin.json';
/** Folders that may hold a manifest, the preferred one first. */
const FOLDERS = ['.codex-plugin', '.claude-plugin', '.cursor-plugin'];
const MCP_CONFIG = '.mcp.json';
const APPS_CONFIG = '.app.json';

/** Where the manifest of a plugin may stand, the preferred place first. */
export const manifestPlaces = (root: FileUri): FileUri[] =>
  FOLDERS.map((folder) => joinUri(joinUri(root, folder), MANIFEST));

/** The root of the plugin whose manifest this is, and how preferred its place is, 0 first; undefined when it is none. */
export function manifestAt(path: FileUri): { readonly root: FileUri; readonly rank: number } | undefined {
  const folder = parentUri(path);
  const root = folder && parentUri(folder);
  if (folder === undefined || root === undefined || baseName(path) !== MANIFEST) return undefined;
  const rank = FOLDERS.indexOf(baseName(folder));
  return rank < 0 ? undefined : { root, rank };
}

export interface PluginNames {
  /** Stands before the names of its skills. */
  readonly namespace: string;
  /** For people. */
  readonly displayName: string;
}

/** A plugin without a name has that of its folder. Undefined when the manifest is not as it must be. */
export function pluginNames({ path, contents }: CapabilityTextFile): PluginNames | undefined {
  const manifest = parseObject(contents);
  const name = manifest?.name ?? '';
  const shown = manifest?.interface ?? {};
  if (manifest === undefined || typeof name !== 'string' || manifest.name === null || !isObject(shown))
    return undefined;
  const displayName = shown.displayName ?? '';
  if (typeof displayName !== 'string') return undefined;
  const namespace = name.trim() === '' ? baseName(manifestAt(path)!.root) : name;
  return { namespace, displayName: displayName.trim() || namespace };
}

/** Files that a manifest declares, or that stand in the usual places where it does not; undefined for servers written out in it. */
export interface DeclaredFiles {
  readonly mcpConfig: FileUri | undefined;
  readonly appsConfig: FileUri;
}

/** `warn` is told of declarations that are passed over. A manifest that is no JSON declares nothing. */
export function declaredFiles(
  root: FileUri,
  { path, contents }: CapabilityTextFile,
  warn: (warning: string) => void,
): DeclaredFiles {
  const { mcpServers, apps } = parseObject(contents) ?? {};
  const declared = (member: string, value: unknown): FileUri | undefined => {
    if (typeof value !== 'string') return undefined;
    const place = placeBelow(root, value);
    if ('fault' in place) warn(`ignoring ${member} in ${path}: ${place.fault}`);
    return 'fault' in place ? undefined : place.path;
  };
  return {
    mcpConfig: isObject(mcpServers) ? undefined : (declared('mcpServers', mcpServers) ?? joinUri(root, MCP_CONFIG)),
    appsConfig: declared('apps', apps) ?? joinUri(root, APPS_CONFIG),
  };
}

function placeBelow(root: FileUri, declared: string): { readonly path: FileUri } | { readonly fault: string } {
  if (!declared.startsWith('./')) return { fault: 'path must start with `./`' };
  const relative = declared.slice('./'.length);
  const leaves = relative === '' || relative.startsWith('/') || relative.split(/[/\\]/).includes('..');
  if (leaves || relative.includes('\0')) return { fault: 'path must remain below the capability root' };
  const names = relative.split('/').filter((name) => name !== '' && name !== '.');
  return { path: names.reduce(joinUri, root) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
