import test from 'ava';
import { accessOf } from '#src/sandbox/access.js';
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

test('a program that only looks sees the same and can write nothing, and no place is taken for it', (t) => {
  for (const words of [
    ['read /', 'write /w', 'deny /w/sub'],
    ['write /link'],
    ['write /', 'read /w/f'],
    ['write /w', 'deny /w/none'],
  ]) {
    const [works, looks] = [plan(disk, words), plan(disk, words, { onlyLooks: true })];
    t.deepEqual(looks.placeholders, []);
    t.deepEqual(looks.writableDirectories, []);
    for (const path of ['/w', '/w/f', '/w/sub/x', '/o/secret']) {
      const may = accessOf(works.access, path);
      t.is(accessOf(looks.access, path), may === 'write' ? 'read' : may, `${words}: ${path}`);
    }
    // It is up to date as long as the other would be.
    t.deepEqual(looks.observations, works.observations);
  }
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
