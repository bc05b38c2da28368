/**
 * A program: sandboxes one after the other that rely on one placeholder, `rounds` of them. Ends with 1, and says it, when the
 * placeholder goes under one of them. Arguments: runtime directory, path, rounds.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { lookThere } from '#workers/sandbox/placeholder-object.js';
import { done } from '#workers/sandbox/placeholder-tokens.js';
import { Placeholders } from '#workers/sandbox/placeholders.js';

/** How often each one looks whether it is still there. */
const LOOKS = 20;

const [directory, path, rounds] = process.argv.slice(2) as [string, string, string];
const placeholders = new Placeholders(directory);
for (let round = 0; round < Number(rounds); round += 1) {
  const isOurs = placeholders.living().has(path) || lookThere(path) === 'nothing';
  const lease = placeholders.acquire(isOurs ? [{ path, object: 'directory' }] : []);
  if (lease === 'changed') continue;
  if (isOurs) done(() => mkdirSync(path), 'EEXIST');
  // As somebody's it cannot be bound when it is gone by now.
  const isBound = isOurs || existsSync(path);
  for (let look = 0; isBound && look < LOOKS; look += 1) {
    if (existsSync(path)) continue;
    console.log(`round ${round}: it went`);
    process.exit(1);
  }
  lease.release();
}
