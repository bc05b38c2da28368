/** The settings that a trusted project brings along. Source: 0.169.0, probed. */
import { realpathSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { readConfigFile } from './config-file.js';
import { type Checkout, findCheckout, holds } from './git-checkout.js';
import type { Layer } from './layers.js';
import { allowedToProjects, without } from './project-keys.js';
import type { ProjectSettings } from './project-settings.js';
import type { TomlTable } from './toml-document.js';

const FOLDER = '.codex';
const FILE = 'config.toml';
const HOOKS = 'hooks';

/**
 * From the top of the project down to where the client is. Files that are not trusted are not even read: nobody else's
 * settings may depend on what stands in them. `folders`: that where the client is, and all above it, innermost first.
 * Errors: -32603 for a trusted file that cannot be read.
 */
export function projectLayers(folders: readonly string[], settings: ProjectSettings, codexHome: string): Layer[] {
  const top = folders.find((folder) => settings.markers.some((marker) => holds(folder, marker))) ?? folders[0]!;
  const checkout = findCheckout(folders);
  const above = checkout?.mainRoot === undefined ? [top] : [top, checkout.mainRoot];
  const trusts = (folder: string) =>
    [folder, ...above].map((place) => trustIn(settings, place)).find((trusted) => trusted !== undefined) ?? false;
  return folders
    .slice(0, folders.indexOf(top) + 1)
    .reverse()
    .filter((folder) => isDirectory(resolve(folder, FOLDER)) && !isSame(resolve(folder, FOLDER), codexHome))
    .filter(trusts)
    .flatMap((folder) => layersOf(folder, checkout));
}

/** By its path without links first. */
const trustIn = ({ trusted }: ProjectSettings, folder: string): boolean | undefined =>
  trusted.get(realPathOf(folder)) ?? trusted.get(folder);

/**
 * In a linked worktree the hooks are those of the main checkout. They run by themselves, and trust was given to what stands
 * there; a worktree is often made just to look at what somebody else has written.
 */
function layersOf(folder: string, checkout: Checkout | undefined): Layer[] {
  const own = readLayer(resolve(folder, FOLDER));
  if (checkout?.mainRoot === undefined || checkout.mainRoot === checkout.root) return own;
  const withoutHooks = own.map((layer) => ({ ...layer, table: without(layer.table, new Set([HOOKS])) }));
  const main = readLayer(resolve(checkout.mainRoot, relative(checkout.root, folder), FOLDER));
  return [
    ...withoutHooks,
    ...main.flatMap(({ table, ...layer }) => hooksOnly(table).map((hooks) => ({ ...layer, table: hooks }))),
  ];
}

function readLayer(baseDir: string): Layer[] {
  const path = resolve(baseDir, FILE);
  const table = readConfigFile(path, 'project config file');
  return table === undefined ? [] : [{ source: `project (${path})`, baseDir, table: allowedToProjects(table) }];
}

const hooksOnly = ({ hooks }: TomlTable): TomlTable[] => (hooks === undefined ? [] : [{ [HOOKS]: hooks }]);

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const isSame = (one: string, other: string) => one === other || realPathOf(one) === realPathOf(other);

/** The path itself where there is nothing. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
