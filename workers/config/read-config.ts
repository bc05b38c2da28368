/** environmentConfig/read: this executor's settings, file by file, as far as they were asked for. Source: 0.169.0, probed. */
import { isUtf8 } from 'node:buffer';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { FilePath, FileTasks } from '#src/pool/file-calls.js';
import type { ConfigReadResult } from '#src/protocol/config.js';
import { internalError, RpcError } from '#src/protocol/errors.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { codexHome, userHome } from '../home-folders.js';
import { readConfigFile } from './config-file.js';
import { selection } from './key-selection.js';
import { chosenLayers, type Layer } from './layers.js';
import { legacyRequirements } from './legacy-requirements.js';
import { projectLayers } from './project-layers.js';
import { projectSettings } from './project-settings.js';
import type { TomlTable } from './toml-document.js';

/** The method's result as JSON. Errors: -32603 for what cannot be read, with the file, and for bad TOML the place. */
export function readConfig(task: FileTasks['readConfig']['task']): string {
  const { variables, cwd, configPaths, requirementsPaths } = task;
  const home = userHome(variables);
  const codex = prefixed('failed to find Codex home', () => codexHome(variables));
  const { config, requirements } = prefixed('failed to load executor-local config', () =>
    readLayers(task.systemFolder, codex, textFolders(cwd)),
  );
  const result: ConfigReadResult = {
    userHomeDir: home === undefined ? null : fileUri(home),
    codexHomeDir: fileUri(codex),
    hostname: hostname() || null,
    config: chosenLayers(config, selection(configPaths)),
    requirements: chosenLayers(requirements, selection(requirementsPaths)),
  };
  return JSON.stringify(result);
}

/** Lowest precedence first. */
interface Layers {
  readonly config: readonly Layer[];
  readonly requirements: readonly Layer[];
}

function readLayers(systemFolder: string, codex: string, folders: readonly string[]): Layers {
  const managed = readSettings(resolve(systemFolder, 'managed_config.toml'));
  const system = readSettings(resolve(systemFolder, 'config.toml'));
  const user = readSettings(resolve(codex, 'config.toml'));
  const required = readSettings(resolve(systemFolder, 'requirements.toml'), 'requirements file');
  const projects = projectSettings([...system, ...user, ...managed]);
  return {
    config: [
      ...system.map((file) => ({ ...file, source: `system (${file.name})`, isSystem: true })),
      ...user.map((file) => ({ ...file, source: `user (${file.name})` })),
      ...projectLayers(folders, projects, codex),
      ...managed.map((file) => ({ ...file, source: `legacy managed_config.toml (${file.name})` })),
    ],
    requirements: [
      ...required.map((file) => ({ ...file, source: file.name, isSystem: true })),
      ...managed.map((file) => ({ ...file, source: file.name, table: legacyRequirements(file.name, file.table) })),
    ],
  };
}

interface Settings {
  /** Path of the file. */
  readonly name: string;
  readonly baseDir: string;
  readonly table: TomlTable;
}

/** One, or none where there is no such file. */
function readSettings(path: string, kind = 'config file'): Settings[] {
  const table = readConfigFile(path, kind);
  return table === undefined ? [] : [{ name: path, baseDir: dirname(path), table }];
}

/** No system opens longer paths, bytes. Source: PATH_MAX of Linux. */
const PATH_BYTES = 4096;

/**
 * The folder and all above it, innermost first. Trust is given to paths that are text; folders with other names are passed over,
 * and so are those whose path is too long for anything to be there.
 */
function textFolders(cwd: FilePath): string[] {
  let bytes = Buffer.from(cwd as string);
  while (bytes.length > PATH_BYTES || !isUtf8(bytes)) bytes = bytes.subarray(0, bytes.lastIndexOf('/'));
  const folders: string[] = [];
  for (let folder = bytes.toString() || '/'; folders.at(-1) !== folder; folder = dirname(folder)) folders.push(folder);
  return folders;
}

function prefixed<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RpcError) throw internalError(`${prefix}: ${error.message}`, error);
    throw error;
  }
}
