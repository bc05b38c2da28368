import test from 'ava';
import { sealOwn } from '#src/sandbox/seal-own.js';
import { FakeDisk } from './support/fake-disk.js';
import { plan } from './support/policies.js';

const disk = new FakeDisk({
  '/w/f': 'text',
  '/w/sub/x': 'text',
  '/o/secret': 'text',
  '/link': '-> /w',
  '/dev/shm': 'dir',
});

test('a program that works for others can keep nothing in memory of its sandbox, unless that is given to it', (t) => {
  const seals = (...words: string[]) =>
    sealOwn(plan(disk, words)).operations.filter(
      (operation) => operation.do === 'seal' && operation.path === '/dev/shm',
    ).length;
  t.is(seals('read /', 'write /w'), 1);
  t.is(seals('write /w'), 1);
  t.is(seals('read /', 'write /dev/shm'), 0);
});
