/** What a sandbox has as its own, made read-only: for programs that must not believe that something is kept there. */
import type { MountPlan } from './mount-plan.js';

/** Files made in the sandbox's own /dev and /dev/shm go with it. For a program that does what somebody else asked for, that is no success. */
export function sealOwn(plan: MountPlan): MountPlan {
  const own = ['/dev/shm', '/dev'].filter((path) => {
    const rule = plan.access.get(path);
    return rule?.object === 'provided' && plan.isolation === 'all';
  });
  return { ...plan, operations: [...plan.operations, ...own.map((path) => ({ do: 'seal' as const, path }))] };
}
