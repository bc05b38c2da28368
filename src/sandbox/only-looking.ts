import { type GroundRule, withoutRepeats } from './access.js';
import type { Ground } from './ground-policy.js';

/** The same with nothing to write. What could be written can still be read, and where nothing can be made no place need be taken. */
export function onlyLooking(ground: Ground): Ground {
  const rules = new Map<string, GroundRule>();
  for (const rule of ground.rules.values()) {
    const { path, access, object } = rule;
    if (object === 'placeholder file' || object === 'placeholder directory') continue;
    rules.set(path, access === 'write' && object !== 'provided' ? { ...rule, access: 'read' } : rule);
  }
  return { ...ground, rules: withoutRepeats(rules) };
}
