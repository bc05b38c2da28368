import { spawnSync } from 'node:child_process';
import test from 'ava';
import { fitsExec, fitsIn, roomForWords } from '#workers/sandbox/exec-size.js';

const limits = (stack: string) =>
  `Limit    Soft Limit  Hard Limit  Units\nMax stack size            ${stack}   unlimited   bytes\n`;

test('the room is a quarter of the stack, within bounds', (t) => {
  t.is(roomForWords(limits('8388608')), 2097152);
  t.is(roomForWords(limits('unlimited')), 6291456);
  t.is(roomForWords(limits('1000000000')), 6291456);
  t.is(roomForWords(limits('1024')), 131072);
});

test('each word counts with its end and its pointer, and none may be too long', (t) => {
  t.true(fitsIn(26, ['abcd', 'abc']) && fitsIn(25, ['abcd', 'abc']));
  t.false(fitsIn(24, ['abcd', 'abc']));
  t.true(fitsIn(10, ['a']));
  t.false(fitsIn(10, ['ä']));
  t.true(fitsIn(1 << 30, ['x'.repeat(131071)]));
  t.false(fitsIn(1 << 30, ['x'.repeat(131072)]));
});

test('the kernel agrees', (t) => {
  const runs = (words: string[]) => spawnSync('/bin/true', words, { env: {} }).error === undefined;
  for (const length of [131071, 131072]) {
    const words = ['x'.repeat(length)];
    t.is(fitsExec(['/bin/true', ...words], []), runs(words), String(length));
  }
  const many = (count: number) => Array<string>(count).fill('x'.repeat(1000));
  for (const count of [100, 20_000])
    t.is(fitsExec(['/bin/true', ...many(count)], []), runs(many(count)), String(count));
});
