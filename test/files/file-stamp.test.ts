import test from 'ava';
import { isUnchanged, stampOf } from '#src/files/file-stamp.js';

const CHANGED_MS = 1_700_000_000_123;
const at = (ms: number) => BigInt(ms) * 1_000_000n;
const stats = (changes: object = {}) => ({
  size: 4096n,
  blocks: 8n,
  mtimeNs: at(CHANGED_MS),
  ctimeNs: at(CHANGED_MS),
  ...changes,
});

test('a file that has not changed for a while is trusted to show its next change', (t) => {
  t.true(stampOf(stats(), CHANGED_MS + 20).trusted);
  t.true(isUnchanged(stampOf(stats(), CHANGED_MS + 20), stats()));
});

test('one that has just changed is not, nor one from the future', (t) => {
  t.false(stampOf(stats(), CHANGED_MS + 19).trusted);
  t.false(stampOf(stats(), CHANGED_MS - 1000).trusted);
  t.false(isUnchanged(stampOf(stats(), CHANGED_MS + 19), stats()));
});

test('the later of the two times counts', (t) => {
  t.false(stampOf(stats({ mtimeNs: at(CHANGED_MS - 5000) }), CHANGED_MS + 10).trusted);
  t.false(stampOf(stats({ ctimeNs: at(CHANGED_MS - 5000) }), CHANGED_MS + 10).trusted);
});

test('times in whole seconds may come from a clock that has no others', (t) => {
  const second = 1_700_000_000_000;
  const coarse = stats({ mtimeNs: at(second), ctimeNs: at(second) });
  t.false(stampOf(coarse, second + 2499).trusted);
  t.true(stampOf(coarse, second + 2500).trusted);
});

test('files that the system makes up are never trusted', (t) => {
  t.false(stampOf(stats({ size: 0n }), CHANGED_MS + 100_000).trusted);
  t.false(stampOf(stats({ blocks: 0n }), CHANGED_MS + 100_000).trusted);
});

for (const change of [{ size: 4097n }, { mtimeNs: at(CHANGED_MS) + 1n }, { ctimeNs: at(CHANGED_MS) + 1n }]) {
  test(`a change of ${Object.keys(change)} is a change of the file`, (t) => {
    t.false(isUnchanged(stampOf(stats(), CHANGED_MS + 100), stats(change)));
  });
}
