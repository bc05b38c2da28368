import test from 'ava';
import { remoteUri } from '#src/cli/copy/remote-uri.js';
import { inFolder, nameOf } from '#src/cli/copy/spot.js';
import type { FileUri } from '#src/protocol/ids.js';

const uri = (text: string) => text as FileUri;

const cases: readonly (readonly [path: string, uri: string])[] = [
  ['/etc/hosts', 'file:///etc/hosts'],
  ['/a b/%/é', 'file:///a%20b/%25/%C3%A9'],
  ['notes/a?', 'file:///work/here/notes/a%3F'],
  ['.', 'file:///work/here/'],
  ['..', 'file:///work/'],
  ['../x', 'file:///work/x'],
  ['a/', 'file:///work/here/a/'],
  ['~', 'file:///work/here/~'],
  ['file:///tmp/%FF', 'file:///tmp/%FF'],
  ['FILE:///C:/Users', 'file:///C:/Users'],
];
for (const [path, expected] of cases) {
  test(`'${path}' is ${expected}`, (t) => t.is(remoteUri(path, uri('file:///work/here')), expected as FileUri));
}

test('a relative path on Windows is one, too', (t) => {
  t.is(remoteUri('x/y', uri('file:///C:/Users/me')), uri('file:///C:/Users/me/x/y'));
});

test('a URI that is none is refused in words', (t) => {
  t.throws(() => remoteUri('file:///a?b', uri('file:///')), {
    message: "'file:///a?b': query parameters are not allowed in path URIs",
  });
});

test('the name in a folder goes there and back, whatever its bytes', (t) => {
  const folder = { uri: uri('file:///a'), shown: 'x/' };
  for (const name of ['b c', 'C:', '%41', '#', 'a\\b', Buffer.from([0xff, 0x0a])]) {
    t.deepEqual(nameOf(inFolder(folder, name).uri), name);
  }
  t.deepEqual(nameOf(uri('file:///C:/Users/')), 'Users');
  t.is(inFolder(folder, Buffer.from([0xff, 0x0a])).shown, 'x/\\xFF\\n');
});
