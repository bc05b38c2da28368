import test from 'ava';
import { type CopyRequest, hasName, meansFolder, placement } from '#src/cli/copy/destination.js';

const FILE: CopyRequest = {
  source: { kind: 'file', endsInSlash: false },
  sourceHasName: true,
  destination: { kind: 'missing', endsInSlash: false },
  recursive: false,
};
const FOLDER: CopyRequest = { ...FILE, source: { kind: 'folder', endsInSlash: false }, recursive: true };
const to = (kind: CopyRequest['destination']['kind'], endsInSlash = false) => ({ destination: { kind, endsInSlash } });

const cases: readonly (readonly [what: string, request: CopyRequest, expected: object])[] = [
  ['a file becomes what is missing', FILE, { put: 'as itself' }],
  ['a file replaces a file', { ...FILE, ...to('file') }, { put: 'as itself' }],
  ['a file goes into a device', { ...FILE, ...to('special') }, { put: 'as itself' }],
  ['a file goes into a folder', { ...FILE, ...to('folder') }, { put: 'inside' }],
  ['a file goes into a folder with a slash', { ...FILE, ...to('folder', true) }, { put: 'inside' }],
  [
    'a file does not make a folder',
    { ...FILE, ...to('missing', true) },
    { refusal: 'no such folder', of: 'destination' },
  ],
  ['a file is no folder', { ...FILE, ...to('file', true) }, { refusal: 'is not a folder', of: 'destination' }],
  [
    'a file with a slash is no file',
    { ...FILE, source: { kind: 'file', endsInSlash: true } },
    { refusal: 'is not a folder', of: 'source' },
  ],
  ['a folder becomes what is missing', FOLDER, { put: 'as itself' }],
  ['a folder becomes what is missing, with a slash too', { ...FOLDER, ...to('missing', true) }, { put: 'as itself' }],
  ['a folder goes into a folder', { ...FOLDER, ...to('folder') }, { put: 'inside' }],
  ['what has no name fills a folder', { ...FOLDER, ...to('folder'), sourceHasName: false }, { put: 'as itself' }],
  ['a folder does not replace a file', { ...FOLDER, ...to('file') }, { refusal: 'is not a folder', of: 'destination' }],
  [
    'a folder is not copied without being asked for',
    { ...FOLDER, recursive: false },
    { refusal: 'is a folder; -r copies it with all it holds', of: 'source' },
  ],
];
for (const [what, request, expected] of cases) test(what, (t) => t.deepEqual(placement(request), expected as never));

for (const path of ['a/', '/', '.', '..', 'a/.', 'a/..', './']) {
  test(`'${path}' can only be a folder`, (t) => t.true(meansFolder(path)));
}
for (const path of ['a', '/a', 'a.', 'a..', '.a', 'a/...', 'a/b.']) {
  test(`'${path}' may be a file`, (t) => t.false(meansFolder(path)));
}

for (const path of ['', '/', '//', '.', '..', './', 'a/..', 'a/../', '/.']) {
  test(`'${path}' ends with no name`, (t) => t.false(hasName(path)));
}
for (const path of ['a', '/a', 'a/', 'a//', '...', 'a/.b', 'b.', '../a']) {
  test(`'${path}' ends with a name`, (t) => t.true(hasName(path)));
}
