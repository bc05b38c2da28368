/** The two sandboxes that agents ask for, in the wire's form, for the option `sandbox` of commands and file operations. */

import { fileUri, type RemotePath } from './remote-path.js';
import type { StartRequest } from './start-request.js';

/** File system and network rights in their wire form. */
export type Sandbox = NonNullable<StartRequest['sandbox']>;

export interface SandboxOptions {
  /** Whether the network can be used. Default false. */
  readonly network?: boolean | undefined;
}

export interface WorkspaceSandboxOptions extends SandboxOptions {
  /** Whether /tmp and the directory of the command's TMPDIR can be written, too. Default true. */
  readonly temporary?: boolean | undefined;
}

/** Kept from writing in every workspace, since what stands there is run or believed by others. Source: 0.169.0. */
const PROTECTED_NAMES = ['.git', '.agents', '.codex', '.aws'];

/**
 * Everything can be read, nothing written.
 *
 * ```ts
 * await client.run(['git', 'log'], { cwd: '/work', sandbox: readOnlySandbox() });
 * ```
 */
export const readOnlySandbox = ({ network = false }: SandboxOptions = {}): Sandbox => sandbox([READ_ALL], [], network);

/**
 * Everything can be read; the directories can be written, except for what a repository and the settings of agents are made of
 * (.git, .agents, .codex, .aws) right below each of them. Errors: `BAD_ARGUMENT` for what is no path.
 *
 * ```ts
 * await client.run(['make'], { cwd: '/work', sandbox: workspaceSandbox(['/work']) });
 * ```
 */
export function workspaceSandbox(
  directories: readonly RemotePath[],
  { network = false, temporary = true }: WorkspaceSandboxOptions = {},
): Sandbox {
  const roots = directories.map((directory) => fileUri(directory, 'directories'));
  const places = temporary ? ([{ kind: 'slash_tmp' }, { kind: 'tmpdir' }] as const) : [];
  const entries = [
    READ_ALL,
    special({ kind: 'project_roots' }, 'write'),
    ...places.map((place) => special(place, 'write')),
    ...PROTECTED_NAMES.map((subpath) => ({
      ...special({ kind: 'project_roots', subpath }, 'read'),
      missing_path_behavior: 'skip' as const,
    })),
  ];
  return sandbox(entries, roots, network);
}

type Managed = Extract<Sandbox['permissions'], { type: 'managed' }>;
type Entry = Extract<Managed['file_system'], { type: 'restricted' }>['entries'][number];
type SpecialPath = Extract<Entry['path'], { type: 'special' }>['value'];

const special = (value: SpecialPath, access: 'read' | 'write') => ({
  path: { type: 'special' as const, value },
  access,
});
const READ_ALL = special({ kind: 'root' }, 'read');

function sandbox(entries: readonly Entry[], workspaceRoots: readonly string[], network: boolean): Sandbox {
  return {
    permissions: {
      type: 'managed',
      file_system: { type: 'restricted', entries: [...entries] },
      network: network ? 'enabled' : 'restricted',
    },
    cwd: workspaceRoots[0] ?? 'file:///',
    workspaceRoots: [...workspaceRoots],
    windowsSandboxLevel: 'disabled',
  };
}
