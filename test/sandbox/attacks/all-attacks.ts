/** The attacks that are a script. Where those of the specification's list are that are more than one, see every-number.test.ts. */
import type { Attack } from './attack.js';
import { ATTACKS_ON_FILES } from './on-files.js';
import { ATTACKS_ON_KERNEL } from './on-kernel.js';
import { ATTACKS_ON_VICTIM } from './on-victim.js';

export const ATTACKS: readonly Attack[] = [...ATTACKS_ON_FILES, ...ATTACKS_ON_KERNEL, ...ATTACKS_ON_VICTIM].toSorted(
  (one, other) => one.number - other.number,
);
