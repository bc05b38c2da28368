import type { MountOperation } from './mount-operation.js';
import type { MountPlan } from './mount-plan.js';

/**
 * The same plan for a program that does what somebody else asks for. Files made in the sandbox's own shared memory go with it: there
 * nothing can be written, so that nobody is told of a success of which nothing is left.
 */
export function sealOwn(plan: MountPlan): MountPlan {
  if (plan.isolation !== 'all' || plan.access.get('/dev/shm')?.object !== 'provided') return plan;
  const seal: MountOperation = { do: 'seal', path: '/dev/shm' };
  return { ...plan, operations: [...plan.operations, seal] };
}
