/**
 * The sandbox a process or a file operation asks for, as it is on the wire: camelCase outside, snake_case inside `permissions`.
 * What a policy allows is decided elsewhere. Unknown members are ignored at every level. Source: 0.169.0.
 */
import * as v from 'valibot';
import { boolean, defaulted, fileUri, list, nonZero, nullable, oneOf, string } from './fields.js';
import { namedStruct, struct } from './struct.js';
import { tagged } from './tagged.js';

const network = oneOf('restricted', 'enabled');

/** Places that mean something only on the executor. The older name of `project_roots` is still taken. */
const projectRoots = struct('ProjectRoots', { subpath: nullable(string) });
const specialPath = v.pipe(
  tagged('FileSystemSpecialPath', 'kind', {
    root: struct('Root', {}),
    minimal: struct('Minimal', {}),
    current_working_directory: projectRoots,
    project_roots: projectRoots,
    tmpdir: struct('Tmpdir', {}),
    slash_tmp: struct('SlashTmp', {}),
    unknown: struct('Unknown', { path: string, subpath: nullable(string) }),
  }),
  v.transform((special) =>
    special.kind === 'current_working_directory' ? { ...special, kind: 'project_roots' as const } : special,
  ),
);
export type SpecialPath = v.InferOutput<typeof specialPath>;

const entryPath = tagged('ExecFileSystemPath', 'type', {
  path: struct('Path', { path: fileUri }),
  glob_pattern: struct('GlobPattern', { pattern: string }),
  special: struct('Special', { value: specialPath }),
});

/** `none` is the older spelling of `deny`. */
const access = v.pipe(
  oneOf('read', 'write', 'deny', 'none'),
  v.transform((word) => (word === 'none' ? 'deny' : word)),
);

const entry = struct('ExecFileSystemSandboxEntry', {
  path: entryPath,
  access,
  missing_path_behavior: nullable(oneOf('skip')),
});
export type SandboxEntry = v.InferOutput<typeof entry>;

const fileSystem = tagged('ExecManagedFileSystemPermissions', 'type', {
  restricted: struct('Restricted', { entries: list(entry), glob_scan_max_depth: nullable(nonZero) }),
  unrestricted: struct('Unrestricted', {}),
});

const permissions = tagged('ExecPermissionProfile', 'type', {
  managed: struct('Managed', { file_system: fileSystem, network }),
  disabled: struct('Disabled', {}),
  external: struct('External', { network }),
});
export type Permissions = v.InferOutput<typeof permissions>;

const policyContext = struct('WireFileSystemPolicyContext', {
  cwd: defaulted(nullable(fileUri), null),
  workspaceRoots: defaulted(list(fileUri), []),
});

/** Windows members are checked and carry no meaning here. */
const members = {
  permissions,
  cwd: nullable(fileUri),
  policyContext: nullable(policyContext),
  workspaceRoots: defaulted(list(fileUri), []),
  userHomeDir: nullable(fileUri),
  temporaryDirectories: nullable(list(fileUri)),
  windowsSandboxLevel: oneOf('disabled', 'restricted-token', 'elevated', 'mxc'),
  windowsSandboxPrivateDesktop: nullable(boolean),
  windowsSandboxProxySettingsMode: nullable(oneOf('reconcile', 'preserve')),
  useLegacyLandlock: defaulted(boolean, false),
};

export const sandboxContext = namedStruct('WireFileSystemSandboxContext', members);
/** The same under the name that capabilities/discoverV2 gives it. */
export const discoverySandboxContext = namedStruct('FileSystemSandboxContext', members);
export type SandboxContext = v.InferOutput<typeof sandboxContext>;

/** Whether file operations under this sandbox are as free as without one. The network is not asked about. */
export function allowsAllFiles(sandbox: SandboxContext | null): boolean {
  if (sandbox === null) return true;
  const { permissions } = sandbox;
  return permissions.type !== 'managed' || permissions.file_system.type === 'unrestricted';
}

/** Whether a process under this sandbox is as free as without one: all files, and the network too. */
export function isFullAccess(sandbox: SandboxContext | null): boolean {
  if (sandbox === null || sandbox.permissions.type === 'disabled') return true;
  return allowsAllFiles(sandbox) && sandbox.permissions.network === 'enabled';
}
