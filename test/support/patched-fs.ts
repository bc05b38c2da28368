import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Replaces one function of node:fs while `work` runs, also where it was imported long ago: so that something happens
 * at one certain moment. `work` must not wait for anything, since others would get the replacement meanwhile.
 */
export function withPatchedFs<Name extends 'rmdirSync' | 'writeSync', T>(
  name: Name,
  patch: (original: (typeof fs)[Name]) => (...args: never[]) => unknown,
  work: () => T,
): T {
  const original = fs[name];
  fs[name] = patch(original) as (typeof fs)[Name];
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    fs[name] = original;
    syncBuiltinESMExports();
  }
}
