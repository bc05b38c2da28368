/** What files of settings say about projects: what marks the top folder of one, and which of them are trusted. Source: 0.169.0, probed. */
import { internalError } from '#src/protocol/errors.js';
import { isTable, type TomlTable, type TomlValue } from './toml-document.js';

export interface ProjectSettings {
  /** A folder that holds one of these is the top of a project. */
  readonly markers: readonly string[];
  /** By path. */
  readonly trusted: ReadonlyMap<string, boolean>;
}

export interface SettingsFile {
  /** Its path, for errors. */
  readonly name: string;
  readonly table: TomlTable;
}

const DEFAULT_MARKERS = ['.git'];

/** Files in ascending precedence. Errors: -32603 with the file and the place of what is not as it must be. */
export function projectSettings(files: readonly SettingsFile[]): ProjectSettings {
  let markers: readonly string[] = DEFAULT_MARKERS;
  const trusted = new Map<string, boolean>();
  for (const { name, table } of files) {
    const fault = (text: string) => internalError(`${name}: ${text}`);
    if (table.project_root_markers !== undefined) markers = readMarkers(table.project_root_markers, fault);
    for (const [project, trust] of readTrust(table.projects, fault)) trusted.set(project, trust);
  }
  return { markers, trusted };
}

type Fault = (text: string) => Error;

function readMarkers(value: TomlValue, fault: Fault): string[] {
  if (Array.isArray(value) && value.every((marker) => typeof marker === 'string')) return value as string[];
  throw fault('project_root_markers must be an array of strings');
}

function* readTrust(projects: TomlValue | undefined, fault: Fault): Generator<[project: string, trusted: boolean]> {
  if (projects === undefined) return;
  if (!isTable(projects)) throw fault('projects must be a table');
  for (const [path, project] of Object.entries(projects)) {
    if (!isTable(project)) throw fault(`projects.${path} must be a table`);
    const level = project.trust_level;
    if (level === undefined) continue;
    if (level !== 'trusted' && level !== 'untrusted') {
      throw fault(`projects.${path}.trust_level must be \`trusted\` or \`untrusted\``);
    }
    yield [path, level === 'trusted'];
  }
}
