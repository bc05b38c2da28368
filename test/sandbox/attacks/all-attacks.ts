/**
 * The attacks that are a script. Of the specification's list the others are no scripts: they need a terminal (30), an executor
 * started in a special way (31, 38, 47), a build (32), time (33, 34, 37), another look afterwards (35), calls of files
 * (39 to 42, 48), very long arguments (43), or a kernel that has x32 (28).
 */
import type { Attack } from './attack.js';
import { ATTACKS_ON_FILES } from './on-files.js';
import { ATTACKS_ON_KERNEL } from './on-kernel.js';
import { ATTACKS_ON_VICTIM } from './on-victim.js';

export const ATTACKS: readonly Attack[] = [...ATTACKS_ON_FILES, ...ATTACKS_ON_KERNEL, ...ATTACKS_ON_VICTIM].toSorted(
  (one, other) => one.number - other.number,
);
