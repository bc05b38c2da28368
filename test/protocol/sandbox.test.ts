import test from 'ava';
import { decodeParams } from '#src/protocol/decode.js';
import type { JsonValue } from '#src/protocol/json-value.js';
import { allowsAllFiles, isFullAccess, type SandboxContext } from '#src/protocol/sandbox.js';

const decoded = (sandbox: JsonValue) =>
  decodeParams('fs/readFile', { path: 'file:///x', sandbox }).sandbox as SandboxContext;
const withPermissions = (permissions: JsonValue) => decoded({ permissions, windowsSandboxLevel: 'disabled' });
const special = (value: JsonValue): JsonValue => ({ path: { type: 'special', value }, access: 'write' });

test('the policy of a writable workspace is read as the real client writes it', (t) => {
  const { permissions, ...around } = decoded({
    permissions: {
      type: 'managed',
      file_system: {
        type: 'restricted',
        entries: [
          { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
          special({ kind: 'project_roots' }),
          { path: { type: 'path', path: 'file:///extra/./x' }, access: 'write' },
          { path: { type: 'glob_pattern', pattern: '**/*.env' }, access: 'none' },
          {
            path: { type: 'special', value: { kind: 'project_roots', subpath: '.git' } },
            access: 'read',
            missing_path_behavior: 'skip',
          },
        ],
      },
      network: 'restricted',
    },
    cwd: 'file:///w',
    policyContext: { cwd: 'file:///w', workspaceRoots: ['file:///w'] },
    workspaceRoots: ['file:///w'],
    userHomeDir: 'file:///root',
    windowsSandboxLevel: 'disabled',
    useLegacyLandlock: false,
    workspace_roots: 'a misspelled member means nothing',
  });
  t.deepEqual(permissions as unknown, {
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [
        { path: { type: 'special', value: { kind: 'root' } }, access: 'read', missing_path_behavior: null },
        {
          path: { type: 'special', value: { kind: 'project_roots', subpath: null } },
          access: 'write',
          missing_path_behavior: null,
        },
        { path: { type: 'path', path: 'file:///extra/x' }, access: 'write', missing_path_behavior: null },
        { path: { type: 'glob_pattern', pattern: '**/*.env' }, access: 'deny', missing_path_behavior: null },
        {
          path: { type: 'special', value: { kind: 'project_roots', subpath: '.git' } },
          access: 'read',
          missing_path_behavior: 'skip',
        },
      ],
      glob_scan_max_depth: null,
    },
    network: 'restricted',
  });
  t.deepEqual(around as unknown, {
    cwd: 'file:///w',
    policyContext: { cwd: 'file:///w', workspaceRoots: ['file:///w'] },
    workspaceRoots: ['file:///w'],
    userHomeDir: 'file:///root',
    temporaryDirectories: null,
    windowsSandboxLevel: 'disabled',
    windowsSandboxPrivateDesktop: null,
    windowsSandboxProxySettingsMode: null,
    useLegacyLandlock: false,
  });
});

test('the older name of the workspace means the same', (t) => {
  const { permissions } = withPermissions({
    type: 'managed',
    file_system: { type: 'restricted', entries: [special({ kind: 'current_working_directory' })] },
    network: 'enabled',
  });
  t.like(permissions, {
    file_system: { entries: [{ path: { value: { kind: 'project_roots', subpath: null } } }] },
  } as never);
});

test('a sandbox given as a list is refused: its order is not known', (t) => {
  t.throws(() => decoded([{ type: 'disabled' }]), {
    message: 'invalid type: sequence, expected struct WireFileSystemSandboxContext',
  });
});

const unrestricted = { type: 'unrestricted' };
for (const [permissions, files, all] of [
  [{ type: 'disabled' }, true, true],
  [{ type: 'external', network: 'enabled' }, true, true],
  [{ type: 'external', network: 'restricted' }, true, false],
  [{ type: 'managed', file_system: unrestricted, network: 'enabled' }, true, true],
  [{ type: 'managed', file_system: unrestricted, network: 'restricted' }, true, false],
  [{ type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'enabled' }, false, false],
] as const) {
  const free = all ? 'all is free' : files ? 'files are free, the network is not' : 'files are confined';
  test(`under ${JSON.stringify(permissions)} ${free}`, (t) => {
    const sandbox = withPermissions(permissions as never);
    t.is(allowsAllFiles(sandbox), files);
    t.is(isFullAccess(sandbox), all);
  });
}

test('no sandbox is full access', (t) => {
  t.true(allowsAllFiles(null));
  t.true(isFullAccess(null));
});
