import test from 'ava';
import { isAmbiguous, latin1, onlyWord, wordsByPath } from '#src/cli/copy/file-report.js';

test('each line is a word and a path, which may hold anything but the end of a line', (t) => {
  const output = Buffer.from('abc  /a b\ndef */two  spaces\n755  /c *d\n\nsha256sum: x: No such file\n');
  t.deepEqual(
    [...wordsByPath(output)],
    [
      ['/a b', 'abc'],
      ['/two  spaces', 'def'],
      ['/c *d', '755'],
    ],
  );
});

test('paths compare as bytes', (t) => {
  const path = Buffer.from([0x2f, 0xff, 0xc3, 0xa9]);
  t.is(wordsByPath(Buffer.concat([Buffer.from('x  '), path, Buffer.from('\n')])).get(latin1(path)), 'x');
  t.is(latin1('/é'), latin1(Buffer.from('/é')));
});

test('names that programs write in several ways are known', (t) => {
  t.deepEqual(['a\nb', 'a\\b', 'a\rb', 'a b', 'a*'].map(isAmbiguous), [true, true, true, false, false]);
});

test('about one file the first word is the answer, however the name is written', (t) => {
  t.is(onlyWord(Buffer.from('\\abc  /a\\nb\n')), 'abc');
  t.is(onlyWord(Buffer.from('abc  /a\nb\n')), 'abc');
  t.is(onlyWord(Buffer.from('')), undefined);
});
