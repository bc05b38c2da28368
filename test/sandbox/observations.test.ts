import test from 'ava';
import { stillHolds } from '#src/sandbox/observations.js';
import { FakeDisk } from './support/fake-disk.js';
import { plan } from './support/policies.js';

const world = () => {
  const disk = new FakeDisk({
    '/w/.git': 'gitdir: /w/real',
    '/w/real/HEAD': 'text',
    '/w/sub/keep': 'dir',
    '/link': '-> w',
    '/o/x': 'text',
  });
  const { observations } = plan(disk, ['read /', 'write /link', 'read /w/sub/keep', 'deny /o/x', 'deny /o/later']);
  return { disk, observations };
};

test('a plan holds while what it saw is the same', (t) => {
  const { disk, observations } = world();
  disk.put('/w/other', 'text');
  disk.replace('/w/other');
  t.true(stillHolds(observations, disk));
});

for (const [what, change] of [
  ['a writable root is another directory', (disk: FakeDisk) => disk.replace('/w')],
  ['a denied file is another one', (disk: FakeDisk) => disk.replace('/o/x')],
  ['a directory on the way is another one', (disk: FakeDisk) => disk.replace('/w/sub')],
  ['a denied file is gone', (disk: FakeDisk) => disk.remove('/o/x')],
  ['a missing path is there', (disk: FakeDisk) => disk.put('/o/later', 'text')],
  ['a missing protected name is there', (disk: FakeDisk) => disk.put('/w/.codex', 'dir')],
  ['a link leads elsewhere', (disk: FakeDisk) => disk.put('/link', '-> o')],
  ['a link is a directory', (disk: FakeDisk) => disk.put('/link', 'dir')],
  ['a pointer says something else', (disk: FakeDisk) => disk.put('/w/.git', 'gitdir: /w/sub')],
] as const) {
  test(`a plan does not hold once ${what}`, (t) => {
    const { disk, observations } = world();
    change(disk);
    t.false(stillHolds(observations, disk));
  });
}

test('each place is looked at once for a plan', (t) => {
  const { disk } = world();
  disk.asked.length = 0;
  plan(disk, ['read /', 'write /link', 'read /w/sub/keep', 'read /w/sub']);
  t.is(new Set(disk.asked).size, disk.asked.length);
});

test('observations can be sent', (t) => {
  const { disk, observations } = world();
  t.true(stillHolds(structuredClone(observations), disk));
});
