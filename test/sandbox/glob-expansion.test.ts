import test from 'ava';
import { SANDBOX_GLOB_MATCHES } from '#src/protocol/limits.js';
import { deniedByGlobs } from '#src/sandbox/denied-by-globs.js';
import type { Disk } from '#src/sandbox/disk.js';
import { parseGlob } from '#src/sandbox/glob-pattern.js';
import { FakeDisk } from './support/fake-disk.js';

const denied = (disk: Disk, base: string, pattern: string, depth?: number) =>
  deniedByGlobs([parseGlob(base, pattern)], depth, disk).map(({ path, object }) => `${object} ${path}`);

const disk = new FakeDisk({
  '/w/a.env': 'text',
  '/w/.env': 'text',
  '/w/dir.env/x': 'text',
  '/w/sub/b.env': 'other',
  '/w/sub/deep/c.env': 'text',
  '/w/sub/deep/c.txt': 'text',
  '/w/link': '-> sub',
  '/w/file-link.env': '-> /outside/secret',
  '/w/dir-link.env': '-> sub',
  '/w/null.env': '-> /dev/null',
  '/w/gone.env': '-> /nowhere',
  '/dev/null': 'other',
  '/outside/secret': 'text',
});

test('files are denied wherever they are below, directories never, links to files by their targets', (t) => {
  t.deepEqual(denied(disk, '/w', '**/*.env'), [
    'file /w/a.env',
    'file /w/.env',
    'file /outside/secret',
    'file /w/sub/b.env',
    'file /w/sub/deep/c.env',
  ]);
});

test('the depth counts levels of entries, one for the direct ones', (t) => {
  t.deepEqual(denied(disk, '/w/sub', '**/*.env', 1), ['file /w/sub/b.env']);
  t.deepEqual(denied(disk, '/w/sub', '**/*.env', 2), ['file /w/sub/b.env', 'file /w/sub/deep/c.env']);
});

test('directories in which nothing can match are not listed', (t) => {
  const listed: string[] = [];
  const watched: Disk = {
    look: (path) => disk.look(path),
    readText: () => undefined,
    list(directory) {
      listed.push(directory);
      return disk.list(directory);
    },
  };
  t.deepEqual(denied(watched, '/w', 'su?/*.env'), ['file /w/sub/b.env']);
  t.deepEqual(listed, ['/w', '/w/sub']);
});

test('a missing directory has nothing to deny, and neither has a file', (t) => {
  t.deepEqual(denied(disk, '/nowhere', '*'), []);
  t.deepEqual(denied(disk, '/w/a.env', '*'), []);
});

test('the directory of a glob may be reached through links', (t) => {
  t.deepEqual(denied(disk, '/w/link', '*'), ['file /w/sub/b.env']);
});

test('a directory that may hold such files and cannot be listed is denied as a whole', (t) => {
  const closed = new FakeDisk({ '/w/closed': 'unlistable', '/w/closed/a.env': 'text', '/w/b.env': 'text' });
  t.deepEqual(denied(closed, '/w', '**/*.env'), ['file /w/b.env', 'directory /w/closed']);
  t.deepEqual(denied(closed, '/w', '*.env'), ['file /w/b.env']);
});

test('a name that is not UTF-8 matters only where it matches or is on the way', (t) => {
  const strange = new FakeDisk({ '/w/caf\uFFFD.env': 'text', '/w/d\uFFFD/x': 'text' });
  const message = 'unreadable glob `/w/*.env` cannot be safely expanded: a name in /w is not valid UTF-8';
  t.throws(() => denied(strange, '/w', '*.env'), { message });
  t.throws(() => denied(strange, '/w', '**/y'), { message: /not valid UTF-8/ });
  t.deepEqual(denied(strange, '/w', '*.txt'), []);
});

test('what the sandbox has as its own cannot be searched', (t) => {
  t.throws(() => denied(new FakeDisk({ '/proc/1/environ': 'text' }), '/proc', '*/environ'), {
    message: /safely expanded/,
  });
  t.throws(() => denied(new FakeDisk({ '/p': '-> /proc', '/proc/1': 'dir' }), '/p', '*'), {
    message: /safely expanded/,
  });
});

for (const [count, allowed] of [
  [SANDBOX_GLOB_MATCHES, true],
  [SANDBOX_GLOB_MATCHES + 1, false],
] as const) {
  test(`${count} matches are ${allowed ? 'taken' : 'too many'}`, (t) => {
    const entries = Array.from({ length: count }, (_, index) => ({
      name: `${index}`,
      isUtf8: true,
      kind: 'other' as const,
    }));
    const many: Disk = {
      look: (path) => disk.look(path),
      list: () => ({ is: 'names', entries }),
      readText: () => undefined,
    };
    const expand = () => denied(many, '/w', '*');
    if (allowed) t.is(expand().length, count);
    else t.throws(expand, { message: `unreadable glob \`/w/*\` matches more than ${SANDBOX_GLOB_MATCHES} files` });
  });
}
