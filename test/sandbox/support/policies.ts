/** Policies in short words: `read /a`, `write /w`, `deny /w/x`. */
import type { Disk } from '#src/sandbox/disk.js';
import { parseGlob } from '#src/sandbox/glob-pattern.js';
import type { PlanFacts } from '#src/sandbox/mount-plan.js';
import { planMounts } from '#src/sandbox/mount-plan.js';
import type { Access, ConfinedPolicy, PathRule } from '#src/sandbox/policy.js';

export const NO_FACTS: PlanFacts = {
  secrets: [],
  kept: [],
  needs: [],
  remembered: new Set(),
  placeholders: new Set(),
  ownProcesses: true,
};

export function rule(words: string): PathRule {
  const [access, path] = words.split(' ') as [Access, string];
  return { path, access };
}

/** `minimal` for the platform, `glob /w **.env` for a glob below a directory. */
export function policy(...words: string[]): ConfinedPolicy {
  const rules = words.filter((text) => /^(read|write|deny) /.test(text)).map(rule);
  const globs = words.filter((text) => text.startsWith('glob ')).map((text) => text.split(' '));
  return {
    kind: 'confined',
    rules,
    platform: words.includes('minimal'),
    globs: globs.map(([, base, pattern]) => parseGlob(base!, pattern!)),
    globDepth: undefined,
    network: 'restricted',
  };
}

export const plan = (disk: Disk, words: readonly string[], facts: Partial<PlanFacts> = {}) =>
  planMounts(policy(...words), disk, { ...NO_FACTS, ...facts });
