import test from 'ava';
import fc from 'fast-check';
import { foldCase, matchesName } from '#src/process/name-pattern.js';

const fits = (pattern: string, ...names: string[]) => names.map((name) => matchesName(pattern, name));

test('a pattern fits the whole name, in any case of ASCII letters', (t) => {
  t.deepEqual(fits('conf_X', 'CONF_x', 'conf_X', 'aCONF_X', 'CONF_XY'), [true, true, false, false]);
});

test('a star is any run of characters, also none', (t) => {
  t.deepEqual(fits('*KEY*', 'KEY', 'API_key', 'KEYS', 'MONKEYS', 'KE', ''), [true, true, true, true, false, false]);
  t.deepEqual(fits('a*b*c', 'abc', 'a__b__c', 'abcbc', 'acb', 'ab'), [true, true, true, false, false]);
  t.deepEqual(fits('**', 'x', ''), [true, true]);
});

test('a question mark is exactly one character, also one beyond 16 bits', (t) => {
  t.deepEqual(fits('LOG?AME', 'LOGNAME', 'LOGAME', 'LOGNNAME'), [true, false, false]);
  t.deepEqual(fits('a?', 'a😀', 'aé', 'a'), [true, true, false]);
});

test('brackets, braces, dots and backslashes stand for themselves', (t) => {
  t.deepEqual(fits('[OP]*', 'O', '[op]x'), [false, true]);
  t.deepEqual(fits('{a,b}', 'a', '{A,B}'), [false, true]);
  t.deepEqual(fits('a.c', 'abc', 'A.C'), [false, true]);
  t.deepEqual(fits('a\\*', 'a*', 'a\\x'), [false, true]);
});

test('an empty pattern fits nothing', (t) => {
  t.deepEqual(fits('', '', 'x'), [false, false]);
});

test('letters beyond ASCII have no case', (t) => {
  t.deepEqual(fits('é', 'É', 'é'), [false, true]);
  t.is(foldCase('ÀBc'), 'Àbc');
});

test('a pattern made to backtrack ends', (t) => {
  // Tried the simple way, every star doubles the work.
  t.false(matchesName(`${'*a'.repeat(500)}b`, 'a'.repeat(2000)));
  t.true(matchesName(`${'*a'.repeat(500)}*`, 'a'.repeat(2000)));
});

test('any pattern says what the regular expression of the same meaning says', (t) => {
  const text = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 10 });
  fc.assert(
    fc.property(text('aAb*?'), text('aAbB'), (pattern, name) => {
      fc.pre(pattern !== '');
      const same = pattern.replaceAll('*', '.*').replaceAll('?', '.');
      t.is(matchesName(pattern, name), new RegExp(`^${same}$`, 'i').test(name));
    }),
    { numRuns: 2000 },
  );
});
