/** No attack of the specification's list is forgotten. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { ATTACKS } from './all-attacks.js';

const IN_LIST = 48;
/** Where those are that are no scripts. */
const ELSEWHERE: Readonly<Record<number, string>> = {
  30: 'terminal-input',
  31: 'inherited-descriptors',
  32: 'preloaded-library',
  33: 'left-behind',
  34: 'left-behind',
  35: 'left-behind',
  37: 'unbounded-memory',
  38: 'own-listener',
  39: 'secrets-of-executor',
  40: 'blocking-files',
  41: 'swapped-directory',
  42: 'forbidden-calls',
  43: 'too-long',
  47: 'unavailable',
  48: 'uri-spelling',
};

test('every attack of the list is made', (t) => {
  const numbers = new Set([...ATTACKS.map(({ number }) => number), ...Object.keys(ELSEWHERE).map(Number)]);
  t.deepEqual(
    [...numbers].sort((one, other) => one - other),
    Array.from({ length: IN_LIST }, (_, index) => index + 1),
  );
});

test('tests name the attack that they make', (t) => {
  for (const [number, name] of Object.entries(ELSEWHERE)) {
    t.true(readFileSync(new URL(`${name}.test.js`, import.meta.url), 'utf8').includes(`${number}: `), name);
  }
});
