import test from 'ava';
import { followLinks } from '#src/sandbox/follow-links.js';
import { FakeDisk } from './support/fake-disk.js';

const disk = new FakeDisk({
  '/a/b/file': 'text',
  '/a/up': '-> ../c',
  '/a/abs': '-> /a/b',
  '/a/self': '-> self',
  '/a/far': '-> up/../a/./b/',
  '/a/gone': '-> /nowhere/x',
  '/a/closed': 'closed',
  '/a/odd': 'unknown',
  '/c/d': 'dir',
});
const links = (path: string) => followLinks(path, disk).links.map(({ at }) => at);

test('a path without links leads to itself', (t) => {
  t.deepEqual(followLinks('/a/b/file', disk), { links: [], end: 'there', path: '/a/b/file', object: 'file' });
  t.deepEqual(followLinks('/', disk), { links: [], end: 'there', path: '/', object: 'directory' });
});

test('links lead on from where they are, absolute ones from the root', (t) => {
  t.like(followLinks('/a/up/d', disk), { end: 'there', path: '/c/d' });
  t.like(followLinks('/a/abs/file', disk), { end: 'there', path: '/a/b/file', object: 'file' });
  t.deepEqual(followLinks('/a/abs', disk).links, [{ at: '/a/abs', target: '/a/b' }]);
});

test('a step up is from where the link led, not from where it is', (t) => {
  t.like(followLinks('/a/far/file', disk), { end: 'there', path: '/a/b/file' });
  t.deepEqual(links('/a/far'), ['/a/far', '/a/up']);
});

test('of what is missing the first component is told, and where the whole would be', (t) => {
  t.deepEqual(followLinks('/a/x/y/z', disk), { links: [], end: 'missing', path: '/a/x/y/z', first: '/a/x' });
  t.like(followLinks('/a/gone/y', disk), { end: 'missing', path: '/nowhere/x/y', first: '/nowhere' });
});

test('a file in the way, what cannot be seen, and a circle are ends', (t) => {
  t.like(followLinks('/a/b/file/x', disk), { end: 'blocked', at: '/a/b/file' });
  t.like(followLinks('/a/closed/x', disk), { end: 'closed', at: '/a/closed' });
  t.like(followLinks('/a/odd/x', disk), { end: 'unknown', at: '/a/odd' });
  t.like(followLinks('/a/self', disk), { end: 'closed', at: '/a/self' });
});
