/** What every confined sandbox has as its own, and what rules can still say about it. */
import type { GroundRule } from './access.js';
import { isWithin } from './paths.js';
import type { Access } from './policy.js';

const DEVICES: GroundRule = { path: '/dev', access: 'read', object: 'provided' };
const SHARED_MEMORY: GroundRule = { path: '/dev/shm', access: 'write', object: 'provided' };
const PROCESSES: GroundRule = { path: '/proc', access: 'read', object: 'provided' };

/** Those that no rule of the policy has replaced. Shared memory is in the devices, and goes with them. */
export function providedRules(replaced: ReadonlyMap<string, GroundRule>): GroundRule[] {
  const devices = replaced.has(DEVICES.path) ? [] : [DEVICES, SHARED_MEMORY];
  return [...devices, PROCESSES].filter(({ path }) => !replaced.has(path));
}

/**
 * Whether a rule has any effect there. Devices and processes of the host are never given to a sandbox, only denied; its shared memory
 * can be given. With its own processes, the numbers in /proc are others than those a rule could mean.
 */
export function hasEffect(path: string, access: Access, ownProcesses: boolean): boolean {
  if (isWithin(path, SHARED_MEMORY.path)) return true;
  if (ownProcesses && /^\/proc\/\d+(?:\/|$)/.test(path)) return false;
  return access === 'deny' || !isProvided(path);
}

/** Whether what the host has at the path is replaced in every sandbox. */
export const isProvided = (path: string): boolean => isWithin(path, DEVICES.path) || isWithin(path, PROCESSES.path);
