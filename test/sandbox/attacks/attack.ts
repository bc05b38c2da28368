/**
 * An attack as data: a script that is run in a sandbox, where it must fail, and as a control without one, where it must succeed.
 * The script is for `/bin/sh -c`, starts in W and knows its aims by variables of its environment, see Scene.
 */
import type { Scene } from './scene.js';

export interface Attack {
  /** In the list of attacks of the sandbox's specification. Several may try the same thing in different ways. */
  readonly number: number;
  readonly title: string;
  readonly policy: AttackPolicy;
  readonly script: string;
  /** Whether it had its effect, seen on the host and in what the script printed, after it has ended. */
  readonly succeeded: (scene: Scene, output: string) => boolean;
  /** Whether a sandbox stops it. What it cannot stop is written here too, so that a change is noticed. */
  readonly expected: 'blocked' | 'allowed';
  /** Who can do it on an ordinary machine, without a sandbox. */
  readonly control: 'anybody' | 'root' | 'if root has made the scene' | 'if the kernel has it';
}

export type AttackPolicy =
  /** Reads everything, writes W, no network. */
  | 'workspace'
  | 'workspace with network'
  /** W/sub/keep can only be read. */
  | 'workspace with a directory to keep'
  /** W/vault/hidden/key cannot be read. */
  | 'workspace with a denied file'
  | 'workspace with a denied directory'
  /** Reads the system and W. */
  | 'workspace without the rest';

/** A blocked attack that anybody could carry out: nearly all are. */
export const attack = (
  number: number,
  title: string,
  script: string,
  succeeded: Attack['succeeded'],
  rest: Partial<Attack> = {},
): Attack => ({
  number,
  title,
  policy: 'workspace',
  script,
  succeeded,
  expected: 'blocked',
  control: 'anybody',
  ...rest,
});

/** The `sandbox` of a request on the wire, for a workspace in this directory. */
export function sandboxOf(policy: AttackPolicy, workspace: string) {
  const uri = (path: string) => `file://${path}`;
  const special = (kind: string, access: string) => ({ path: { type: 'special', value: { kind } }, access });
  const inside = (path: string, access: string) => ({
    path: { type: 'path', path: uri(`${workspace}/${path}`) },
    access,
  });
  const more = {
    workspace: [],
    'workspace with network': [],
    'workspace with a directory to keep': [inside('sub/keep', 'read')],
    'workspace with a denied file': [inside('vault/hidden/key', 'deny')],
    'workspace with a denied directory': [inside('vault/hidden', 'deny')],
    'workspace without the rest': [],
  }[policy];
  const readable = policy === 'workspace without the rest' ? 'minimal' : 'root';
  return {
    permissions: {
      type: 'managed',
      file_system: {
        type: 'restricted',
        entries: [special(readable, 'read'), special('project_roots', 'write'), ...more],
      },
      network: policy === 'workspace with network' ? 'enabled' : 'restricted',
    },
    cwd: uri(workspace),
    workspaceRoots: [uri(workspace)],
    windowsSandboxLevel: 'disabled',
  };
}
