/** What the real client sends of its sandbox modes, and a folder for them. */

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { atExit } from './exit-hooks.js';

export interface Workspace extends AsyncDisposable {
  /** Of a file in it. */
  uri(name: string): string;
  /** The client's mode `workspace-write`: the whole disk may be read, the workspace and /tmp may be written. */
  readonly writable: object;
  /** As a profile of its own: only the system may be read, and the workspace written. */
  readonly scoped: object;
}

/** An empty workspace. Not under /tmp, which is writable in any case. */
export async function benchWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join('/var/tmp', 'farhand-bench-'));
  const forgetExit = atExit(() => rmSync(folder, { recursive: true, force: true }));
  const root = pathToFileURL(folder).href;
  return {
    uri: (name) => `${root}/${name}`,
    writable: sandbox(root, [
      special('read', { kind: 'root' }),
      special('write', { kind: 'project_roots' }),
      special('write', { kind: 'slash_tmp' }),
      special('write', { kind: 'tmpdir' }),
      ...PROTECTED,
    ]),
    scoped: sandbox(root, [
      special('read', { kind: 'minimal' }),
      special('write', { kind: 'project_roots' }),
      ...PROTECTED,
    ]),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      forgetExit();
    },
  };
}

const special = (access: 'read' | 'write', value: object): object => ({ path: { type: 'special', value }, access });

const PROTECTED = ['.git', '.agents', '.codex', '.aws'].map((subpath) => ({
  ...special('read', { kind: 'project_roots', subpath }),
  missing_path_behavior: 'skip',
}));

const sandbox = (root: string, entries: readonly object[]): object => ({
  permissions: { type: 'managed', file_system: { type: 'restricted', entries }, network: 'restricted' },
  cwd: root,
  policyContext: { cwd: root, workspaceRoots: [root] },
  workspaceRoots: [root],
  windowsSandboxLevel: 'disabled',
  useLegacyLandlock: false,
});
