/**
 * The plugins that are installed for this user. Source: 0.169.0, probed.
 *
 *   CODEX_HOME/plugins/cache/MARKETPLACE/NAME/VERSION/                            the plugin
 *   CODEX_HOME/plugins/cache/MARKETPLACE/NAME/.codex-remote-plugin-install.json   where it was installed from
 */
import { join, resolve } from 'node:path';
import { internalError } from '#src/protocol/errors.js';
import type { FileUri } from '#src/protocol/ids.js';
import {
  CAPABILITY_LOCATIONS,
  CAPABILITY_WALK_DIRECTORIES,
  CAPABILITY_WALK_ENTRIES,
  PLUGIN_ORIGIN_FILE_BYTES,
  PLUGIN_ORIGIN_ID_BYTES,
} from '#src/protocol/limits.js';
import { fileUri, joinUri } from '#src/protocol/path-uri.js';
import { readBoundedTextFile } from '../files/bounded-file.js';
import { listDirectory } from '../files/listing.js';
import { walkTree } from '../files/walk.js';
import { isVersionName, laterVersion } from './plugin-version.js';

export interface InstalledPlugin {
  /** `name@marketplace`. */
  readonly id: string;
  readonly version: string;
  readonly root: FileUri;
  readonly remotePluginId: string | null;
}

export interface InstalledPlugins {
  readonly plugins: readonly InstalledPlugin[];
  /** Something is missing. */
  readonly isIncomplete: boolean;
}

export const pluginCache = (codexHome: string): string => resolve(codexHome, 'plugins/cache');

const ORIGIN_FILE = '.codex-remote-plugin-install.json';
const ORIGIN_SCHEMA = 1;
const MARKETPLACE = /^[\w-]+$/;
const NAME = /^[\w-]+(?:\.[\w-]+)*$/;
const WALK_LIMITS = {
  maxDepth: 1,
  maxDirectories: CAPABILITY_WALK_DIRECTORIES,
  maxEntries: CAPABILITY_WALK_ENTRIES,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** In the order of their ids. `cache` exists. Errors: -32603 when a part of it cannot be read; the system's. */
export function installedPlugins(cache: string): InstalledPlugins {
  const { packages, truncated } = packagesIn(cache);
  const inUse = packages.flatMap((found) => {
    const version = versionInUse(found.folder);
    return version === undefined ? [] : [{ ...found, version }];
  });
  const kept = inUse.slice(0, CAPABILITY_LOCATIONS);
  const origins = kept.map(({ folder }) => originOf(folder));
  return {
    plugins: kept.map(({ id, folder, version }, index) => {
      const origin = origins[index]!;
      return {
        id,
        version,
        root: joinUri(fileUri(folder), version),
        remotePluginId: 'id' in origin ? origin.id : null,
      };
    }),
    isIncomplete: truncated || kept.length < inUse.length || origins.some((origin) => 'isBad' in origin),
  };
}

interface Package {
  readonly id: string;
  readonly folder: string;
}

function packagesIn(cache: string): { readonly packages: readonly Package[]; readonly truncated: boolean } {
  const root = fileUri(cache);
  const { entries, errors, truncated } = walkTree(root, WALK_LIMITS);
  const [error] = errors;
  if (error) throw internalError(`failed to scan plugin cache path ${error.path}: ${error.message}`);
  const packages = entries.flatMap(({ path, kind }) => {
    const [marketplace = '', name = '', ...more] = path.slice(root.length + 1).split('/');
    const isPackage = kind === 'directory' && more.length === 0 && MARKETPLACE.test(marketplace) && NAME.test(name);
    return isPackage ? [{ id: `${name}@${marketplace}`, folder: join(cache, marketplace, name) }] : [];
  });
  return { packages: packages.sort((one, other) => (one.id < other.id ? -1 : 1)), truncated };
}

/** Links are no versions. None of a folder that cannot be read. */
function versionInUse(folder: string): string | undefined {
  let latest: string | undefined;
  try {
    for (const { name, isDirectory, isLink } of listDirectory(folder)) {
      const version = name.toString();
      if (!isDirectory || isLink || !isVersionName(version)) continue;
      latest = latest === undefined ? version : laterVersion(latest, version);
    }
  } catch {
    return undefined;
  }
  return latest;
}

type Origin = { readonly id: string } | { readonly isUnknown: true } | { readonly isBad: true };

function originOf(folder: string): Origin {
  try {
    const text = readBoundedTextFile(join(folder, ORIGIN_FILE), PLUGIN_ORIGIN_FILE_BYTES);
    const { schema_version: schema, remote_plugin_id: id } = JSON.parse(text) as Record<string, unknown>;
    const known = schema === ORIGIN_SCHEMA && typeof id === 'string' ? id.trim() : '';
    return known === '' || Buffer.byteLength(known) > PLUGIN_ORIGIN_ID_BYTES ? { isBad: true } : { id: known };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { isUnknown: true } : { isBad: true };
  }
}
