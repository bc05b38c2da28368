import type { ConfinedPolicy } from '../sandbox/policy.js';

/** The policy of a helper for requests under this one: files are no business of the network. */
export const helperPolicy = (policy: ConfinedPolicy): ConfinedPolicy => ({ ...policy, network: 'restricted' });
