import test from 'ava';
import fc from 'fast-check';
import { RpcError } from '#src/protocol/errors.js';
import type { FileUri } from '#src/protocol/ids.js';
import { PATH_URI_CHARACTERS } from '#src/protocol/limits.js';
import { baseName, fileUri, isNative, joinUri, nativePath, parentUri, parsePathUri } from '#src/protocol/path-uri.js';

const canonical = (text: string) => parsePathUri(text) as FileUri;
/** A path of this host that is normal: absolute, no empty or dotted segment, no NUL; any other bytes. */
const segment = fc
  .uint8Array({ min: 1, minLength: 1, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x61 : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
const path = fc
  .array(segment, { maxLength: 5 })
  .map((segments) => Buffer.from(`/${segments.map((bytes) => bytes.toString('latin1')).join('/')}`, 'latin1'));

test('any path of this host, in any bytes, comes back from its URI', (t) => {
  fc.assert(
    fc.property(path, (bytes) => {
      const uri = fileUri(bytes);
      t.true(isNative(uri));
      t.deepEqual(Buffer.from(nativePath(uri) as string), bytes);
    }),
    { numRuns: 1000 },
  );
});

test('the URI of a path is canonical', (t) => {
  fc.assert(fc.property(path, (bytes) => t.is(canonical(fileUri(bytes)), fileUri(bytes))));
});

test('canonical spelling is final', (t) => {
  const scrap = fc.constantFrom(
    'file:',
    '/',
    '//',
    '\\',
    'a',
    'C:',
    'c|',
    '.',
    '..',
    '%2e',
    '%',
    '%41',
    ' ',
    '\t',
    'é',
    'localhost',
    'h',
    '[',
    '^',
    '%00',
  );
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 10 }), (scraps) => {
      const uri = parsePathUri(`file:${scraps.join('')}`);
      if (typeof uri !== 'string') return t.is(typeof uri.fault, 'string');
      // A drive behind a host and two slashes is left alone, and read as a drive the second time; the reference does the same.
      if (uri.startsWith('file:///')) t.is(parsePathUri(uri), uri);
      else t.false(isNative(uri));
    }),
    { numRuns: 5000 },
  );
});

for (const [text, uri] of [
  ['file:///a/b', 'file:///a/b'],
  ['file:///', 'file:///'],
  ['file:', 'file:///'],
  ['file://', 'file:///'],
  ['file:x', 'file:///x'],
  ['FILE:/x', 'file:///x'],
  ['file://localhost/x', 'file:///x'],
  ['file://%6cOCALhost/x', 'file:///x'],
  ['file://///a//b/', 'file:///a//b/'],
  ['file:///a/./b/../c', 'file:///a/c'],
  ['file:///a/%2e%2E/b/.%2e/..', 'file:///'],
  ['file:///a/..b/.../.git', 'file:///a/..b/.../.git'],
  ['file:\\\\\\a\\b', 'file:///a/b'],
  [' \u0001file:///a\tb\n ', 'file:///ab'],
  ['file:///a b"<>`{}\u007fé', 'file:///a%20b%22%3C%3E%60%7B%7D%7F%C3%A9'],
  ["file:///[]|^~!$&'()*+,;=:@%", "file:///[]|^~!$&'()*+,;=:@%"],
  ['file:///%zz%c3%41', 'file:///%zz%c3%41'],
  ['file:///c:/x', 'file:///C:/x'],
  ['file:///C|/x', 'file:///C|/x'],
  ['file:c|/x', 'file:///C:/x'],
  ['file:////C:/x', 'file:///C:/x'],
  ['file:///c:/../../x', 'file:///C:/x'],
  ['file://c:/x', 'file:///C:/x'],
  ['file://server/c:/x', 'file:///C:/x'],
  ['file://server//c:/x', 'file://server/c:/x'],
  ['file://SERVER/share', 'file://server/share'],
  ['file://server', 'file://server/'],
  ['file://0x7f.1/x', 'file://127.0.0.1/x'],
] as const) {
  test(`${JSON.stringify(text)} is ${uri}`, (t) => {
    t.is(parsePathUri(text), uri as FileUri);
  });
}

for (const [text, fault] of [
  ['', 'invalid URI: relative URL without a base'],
  ['/tmp', 'invalid URI: relative URL without a base'],
  ['\\\\srv\\x', 'invalid URI: relative URL without a base'],
  ['http://h/x', 'unsupported path URI scheme `http`'],
  ['C:\\x', 'unsupported path URI scheme `c`'],
  ['http://', 'invalid URI: empty host'],
  ['http://h:99999/', 'invalid URI: invalid port number'],
  ['file:///x?', 'query parameters are not allowed in path URIs'],
  ['file:///x?q#f', 'query parameters are not allowed in path URIs'],
  ['file:///x#', 'fragments are not allowed in path URIs'],
  ['file:///x#f?q', 'fragments are not allowed in path URIs'],
  ['file://h:80/x', 'invalid URI: invalid international domain name'],
  ['file://u@h/x', 'invalid URI: invalid international domain name'],
  ['file://a b/x', 'invalid URI: invalid international domain name'],
  ['file://[zz]/x', 'invalid URI: invalid IPv6 address'],
  ['file://256.1.1.1/x', 'invalid URI: invalid IPv4 address'],
] as const) {
  test(`${JSON.stringify(text)} is refused with "${fault}"`, (t) => {
    t.deepEqual(parsePathUri(text), { fault });
  });
}

test('a path with an encoded NUL is refused, quoted in canonical spelling', (t) => {
  const { fault } = parsePathUri('file:///a/./b%00') as { fault: string };
  t.regex(fault, /^'file:\/\/\/a\/b%00' is invalid on '\w+'$/);
});

for (const uri of ['file://server/share', 'file:///C:/x', 'file:///d:', 'file:///%00/bad/path/YQ']) {
  test(`${uri} is a path, but none of this host`, (t) => {
    t.false(isNative(canonical(uri)));
    const error = t.throws(() => nativePath(canonical(uri)), { instanceOf: RpcError });
    t.is(error?.code, -32600);
    t.regex(error?.message ?? '', /^'.*' is invalid on '\w+'$/);
  });
}

test('a path that no URI can carry fails for its NUL', (t) => {
  t.throws(() => nativePath(canonical('file:///%00/bad/path/L2EAYg')), {
    instanceOf: RpcError,
    message: 'file name contained an unexpected NUL byte',
  });
});

for (const [uri, native] of [
  ['file:///', '/'],
  ['file:///a/f.txt/', '/a/f.txt'],
  ['file:///d/link%2F..%2Fx', '/d/x'],
  ['file:///a//b', '/a/b'],
  ['file:///%2e%2e%2f..', '/'],
  ['file:///a%5Cb%zz', '/a\\b%zz'],
  ['file:///%C3%A9', '/é'],
  ['file:///CC:/x', '/CC:/x'],
  ['file:///x/C:/y', '/x/C:/y'],
  ['file:///%43:/x', '/C:/x'],
  ['file:///~', '/~'],
] as const) {
  test(`${uri} is ${native} on this host`, (t) => {
    t.is(nativePath(canonical(uri)), native);
  });
}

test('a path that is not UTF-8 comes as bytes', (t) => {
  t.deepEqual(nativePath(canonical('file:///a%FF')), Buffer.from('/a\xff', 'latin1'));
});

test('a name that looks like a drive does not become one', (t) => {
  t.is(nativePath(fileUri('/C:/x')), '/C:/x');
  t.is(nativePath(joinUri(canonical('file:///'), 'C:')), '/C:');
});

test('an entry keeps the spelling of its directory and escapes its own', (t) => {
  t.is(joinUri(canonical('file:///x//'), 'a'), 'file:///x//a' as FileUri);
  t.is(joinUri(canonical('file:///%74'), 'a%/?#\\ b'), 'file:///%74/a%25%2F%3F%23%5C%20b' as FileUri);
  t.is(joinUri(canonical('file:///'), Buffer.from([0xff])), 'file:///%FF' as FileUri);
});

test('going up ends at the root', (t) => {
  t.is(parentUri(canonical('file:///a/b')), 'file:///a' as FileUri);
  t.is(parentUri(canonical('file:///a/b/')), 'file:///a' as FileUri);
  t.is(parentUri(canonical('file:///a')), 'file:///' as FileUri);
  t.is(parentUri(canonical('file:///')), undefined);
});

test('the last name is decoded, and the root has none', (t) => {
  t.is(baseName(canonical('file:///a/b%20c')), 'b c');
  t.is(baseName(canonical('file:///a/%C3%A9/')), 'é');
  t.is(baseName(canonical('file:///a/x%FF')), 'x\ufffd');
  t.is(baseName(canonical('file:///')), '');
});

test('a text of 65,536 characters is read like any other, and a longer one is refused', (t) => {
  const fill = (head: string, unit: string, tail = '') =>
    head + unit.repeat((PATH_URI_CHARACTERS - head.length - tail.length) / unit.length) + tail;
  for (const text of [
    fill('file:///', 'a', '\u0001'),
    fill('file:///', 'a/'),
    fill('file:///.', '../', 'x'),
    fill('file:', '/'),
    fill('file:x', ' ', 'x'),
  ]) {
    t.is(typeof parsePathUri(text), 'string');
    t.deepEqual(parsePathUri(`${text}aaaaaaaa`), { fault: 'invalid URI: longer than 65536 characters' });
  }
});
