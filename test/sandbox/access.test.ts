import test from 'ava';
import fc from 'fast-check';
import { accessOf, type GroundRule } from '#src/sandbox/access.js';
import { groundPolicy } from '#src/sandbox/ground-policy.js';
import { componentsOf, isWithin } from '#src/sandbox/paths.js';
import { FakeDisk } from './support/fake-disk.js';
import { NO_FACTS, policy } from './support/policies.js';

const disk = new FakeDisk({
  '/w/sub/deep/file': 'text',
  '/w/f': 'text',
  '/o/x': 'text',
  '/dev/shm': 'dir',
  '/proc/sys': 'dir',
});
const at = (words: readonly string[], ...paths: string[]) => {
  const { rules } = groundPolicy(policy(...words), disk, NO_FACTS);
  return paths.map((path) => accessOf(rules, path));
};

test('the entry with most components decides', (t) => {
  const words = ['read /', 'write /w', 'deny /w/sub', 'write /w/sub/deep'];
  t.deepEqual(at(words, '/o', '/w', '/w/f', '/w/sub', '/w/sub/x', '/w/sub/deep', '/w/sub/deep/file'), [
    'read',
    'write',
    'write',
    'deny',
    'deny',
    'write',
    'write',
  ]);
});

test('for one path denial is stronger than writing, and writing than reading', (t) => {
  t.deepEqual(at(['read /w', 'write /w'], '/w'), ['write']);
  t.deepEqual(at(['write /w', 'deny /w'], '/w'), ['deny']);
  t.deepEqual(at(['read /w', 'deny /w'], '/w'), ['deny']);
});

test('what no entry contains is denied', (t) => {
  t.deepEqual(at([], '/', '/w', '/o/x'), ['deny', 'deny', 'deny']);
  t.deepEqual(at(['read /w'], '/', '/w', '/o', '/ww'), ['deny', 'read', 'deny', 'deny']);
});

test('two spellings of one directory are one path', (t) => {
  const linked = new FakeDisk({ '/w/f': 'text', '/v': '-> w' });
  const { rules } = groundPolicy(policy('write /w', 'deny /v'), linked, NO_FACTS);
  t.is(accessOf(rules, '/w/f'), 'deny');
});

const path = fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }).map((names) => `/${names.join('/')}`);
const access = fc.constantFrom('read', 'write', 'deny');

test('the order of entries and their repetition say nothing', (t) => {
  const full = new FakeDisk(
    Object.fromEntries(['a', 'b'].flatMap((x) => ['a', 'b'].map((y) => [`/${x}/${y}/a`, 'dir']))),
  );
  const rules = fc.array(fc.tuple(access, path), { maxLength: 6 });
  fc.assert(
    fc.property(rules, fc.array(fc.nat(), { maxLength: 8 }), path, (entries, picks, asked) => {
      const words = entries.map(([word, where]) => `${word} ${where}`);
      const again = [...words, ...picks.flatMap((pick) => words[pick % Math.max(words.length, 1)] ?? [])].reverse();
      const ground = (list: readonly string[]) => groundPolicy(policy(...list), full, NO_FACTS).rules;
      t.is(accessOf(ground(again), asked), accessOf(ground(words), asked));
    }),
    { numRuns: 500 },
  );
});

test('the nearest rule is the longest that contains the path', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(access, path), { maxLength: 6 }), path, (entries, asked) => {
      const rules = new Map<string, GroundRule>([['/', { path: '/', access: 'deny', object: 'directory' }]]);
      for (const [word, where] of entries)
        rules.set(where, { path: where, access: word as 'read', object: 'directory' });
      const containing = [...rules.values()].filter((rule) => isWithin(asked, rule.path));
      const longest = containing.reduce((a, b) => (componentsOf(b.path).length > componentsOf(a.path).length ? b : a));
      t.is(accessOf(rules, asked), longest.access);
    }),
    { numRuns: 500 },
  );
});
