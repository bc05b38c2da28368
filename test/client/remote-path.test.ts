/** Paths on the executor, as callers write them and as they go over the wire. */
import test from 'ava';
import { fileUri, MisuseError, uriPath } from '#src/index.js';

const uris: readonly (readonly [string | URL, string])[] = [
  ['/a b/é', 'file:///a%20b/%C3%A9'],
  ['/', 'file:///'],
  ['/C:/not a drive', 'file:///C%3A/not%20a%20drive'],
  ['file:///C:/Users', 'file:///C:/Users'],
  ['file:///c|/odd/../spelling', 'file:///c|/odd/../spelling'],
  ['file://server/share', 'file://server/share'],
  ['FILE:/x', 'FILE:/x'],
  ['file:///%FF', 'file:///%FF'],
  [new URL('file:///a%20b'), 'file:///a%20b'],
];
for (const [path, uri] of uris) {
  test(`${path} goes out as ${uri}`, (t) => {
    t.is(fileUri(path), uri);
  });
}

const refused: readonly (readonly [unknown, RegExp])[] = [
  ['relative/path', /path: expected an absolute path or a file: URI, got "relative\/path"/],
  ['', /absolute path/],
  ['C:\\Users', /absolute path/],
  ['http://host/x', /absolute path/],
  [new URL('http://host/x'), /expected a file: URL, got http:/],
  ['/half \ud800', /not valid Unicode/],
  [undefined, /expected a string, got undefined/],
  [7, /expected a string, got number/],
];
for (const [path, message] of refused) {
  test(`${typeof path} ${path} is no path on an executor`, (t) => {
    t.throws(() => fileUri(path as string), { instanceOf: MisuseError, code: 'BAD_ARGUMENT', message });
  });
}

test('the field at fault is named', (t) => {
  t.throws(() => fileUri('x', 'destination'), { message: /^destination: / });
});

test('a path comes back from its URI', (t) => {
  for (const path of ['/', '/a b/é', '/100%/#?', '/C:/x', '/~']) t.is(uriPath(fileUri(path)), path);
  t.is(uriPath(new URL('file:///a%20b')), '/a b');
});

test('a URI that stands for no POSIX path in text is refused', (t) => {
  for (const uri of ['file:///C:/x', 'file://server/share', 'file:///%FF', 'http://x/', '/x', 'file:///x?y']) {
    t.throws(() => uriPath(uri), { code: 'BAD_ARGUMENT', message: /^uri: / }, uri);
  }
});
