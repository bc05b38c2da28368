/** capabilities/discoverV2: what is installed for this user and on this machine. Source: 0.169.0, probed. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileTasks, Hidden } from '#src/pool/file-calls.js';
import type { DiscoveredPlugin, DiscoveredSkill } from '#src/protocol/discovery.js';
import { internalError } from '#src/protocol/errors.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CAPABILITY_LOCATIONS, QUALIFIED_SKILL_NAME_CHARACTERS } from '#src/protocol/limits.js';
import { thrownText } from '#src/protocol/os-error.js';
import { baseName, fileUri, parentUri } from '#src/protocol/path-uri.js';
import { codexHome, userHome } from '../home-folders.js';
import { CapabilitiesAnswer } from './capabilities-answer.js';
import { type Discovered, discoverRoot } from './discover-root.js';
import { charactersOf, readFrontMatter } from './front-matter.js';
import { type InstalledPlugin, installedPlugins, pluginCache } from './plugin-cache.js';
import { manifestAt, pluginNames } from './plugin-manifest.js';
import { readSkillSettings } from './skill-settings.js';
import { YamlFault } from './yaml-value.js';

type Task = FileTasks['discoverInstalled']['task'];

/** A folder that is looked through: a plugin, or skills of their own under the id of the place. */
type Location =
  | { readonly is: 'plugin'; readonly plugin: InstalledPlugin }
  | { readonly is: 'skills'; readonly id: string; readonly root: FileUri };

const INCOMPLETE_LOCATIONS = 'some capability locations could not be resolved; discovery may be incomplete';
const INCOMPLETE_METADATA = 'some capability metadata could not be loaded; discovery may be incomplete';

/** The method's result as JSON. Errors: -32603 when there is no home, and when one of the folders cannot be looked at. */
export function discoverInstalled(task: Task): string {
  const answer = new CapabilitiesAnswer();
  const { locations, isIncomplete } = findLocations(task);
  if (isIncomplete) answer.warn(INCOMPLETE_LOCATIONS);
  for (const location of locations) {
    if (answer.isFull) {
      answer.truncate();
      break;
    }
    const isWhole =
      location.is === 'plugin'
        ? addPlugin(answer, location.plugin, task.hidden)
        : addSkills(answer, location, task.hidden);
    if (!isWhole) answer.warn(INCOMPLETE_METADATA);
  }
  return answer.toJson();
}

function findLocations({ variables, systemFolder }: Task): { locations: Location[]; isIncomplete: boolean } {
  const codex = codexHome(variables);
  const home = userHome(variables);
  const skills = [
    { id: 'codex-home-skills', path: join(codex, 'skills') },
    ...(home === undefined ? [] : [{ id: 'user-agent-skills', path: join(home, '.agents/skills') }]),
    { id: 'system-skills', path: join(systemFolder, 'skills') },
  ];
  const isFirst = ({ path }: { path: string }, index: number) =>
    skills.findIndex((other) => other.path === path) === index;
  const cache = pluginCache(codex);
  const installed = isFolder(cache) ? installedPlugins(cache) : { plugins: [], isIncomplete: false };
  const locations: Location[] = [
    ...installed.plugins.map((plugin) => ({ is: 'plugin' as const, plugin })),
    ...skills
      .filter(isFirst)
      .filter(({ path }) => isFolder(path))
      .map(({ id, path }) => ({ is: 'skills' as const, id, root: fileUri(path) })),
  ];
  const kept = locations.slice(0, CAPABILITY_LOCATIONS);
  return { locations: kept, isIncomplete: installed.isIncomplete || kept.length < locations.length };
}

/** Errors: -32603 where that cannot be told. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw internalError(thrownText(error), error);
  }
}

// Both of these say whether all that is there could be read.

function addPlugin(answer: CapabilitiesAnswer, plugin: InstalledPlugin, hidden: Hidden | undefined): boolean {
  const { id, version, root, remotePluginId } = plugin;
  const discovered = discoverRoot(root, hidden);
  const { plugin: files } = discovered;
  const displayName = files && pluginNames(files.manifest)?.displayName;
  if (!files || displayName === undefined || displayName === null) return false;
  const { skills, isWhole } = readSkills(discovered);
  answer.addPlugin({ id, displayName, remotePluginId, version, root, files, skills });
  return isWhole;
}

function addSkills(
  answer: CapabilitiesAnswer,
  { id, root }: Location & { is: 'skills' },
  hidden: Hidden | undefined,
): boolean {
  const { skills, isWhole } = readSkills(discoverRoot(root, hidden));
  for (const skill of skills) answer.addSkill({ ...skill, discoveryRoot: { id, path: root } });
  return isWhole;
}

type PluginSkill = DiscoveredPlugin['skills'][number] & Omit<DiscoveredSkill, 'discoveryRoot'>;

function readSkills({ skills, namespaceManifests, warnings, error }: Discovered): {
  skills: PluginSkill[];
  isWhole: boolean;
} {
  const namespaces = new Map<FileUri, string>();
  for (const manifest of namespaceManifests) {
    const names = pluginNames(manifest);
    if (names !== undefined) namespaces.set(manifestAt(manifest.path)!.root, names.namespace);
  }
  const read = skills.flatMap((skill) => readSkill(skill, namespaces));
  return { skills: read, isWhole: read.length === skills.length && warnings.length === 0 && error === null };
}

/** One, or none when it is not as it must be. */
function readSkill(
  { instructions, metadata }: Discovered['skills'][number],
  namespaces: Map<FileUri, string>,
): PluginSkill[] {
  const { path, contents } = instructions;
  const folder = parentUri(path)!;
  try {
    const { name, ...descriptions } = readFrontMatter(contents, baseName(folder));
    const namespace = namespaceOf(folder, namespaces);
    const qualified = namespace === undefined ? name : `${namespace}:${name}`;
    if (charactersOf(qualified) > QUALIFIED_SKILL_NAME_CHARACTERS) return [];
    const { dependencies, policy } = readSkillSettings(metadata?.contents ?? '');
    return [{ name: qualified, ...descriptions, path, dependencies, policy }];
  } catch (error) {
    if (error instanceof YamlFault) return [];
    throw error;
  }
}

/** That of the nearest plugin around it. */
function namespaceOf(folder: FileUri, namespaces: ReadonlyMap<FileUri, string>): string | undefined {
  for (let place: FileUri | undefined = folder; place !== undefined; place = parentUri(place)) {
    const namespace = namespaces.get(place);
    if (namespace !== undefined) return namespace;
  }
  return undefined;
}
