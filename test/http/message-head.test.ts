import test from 'ava';
import { messageHead } from '#src/http/message-head.js';
import type { OutgoingRequest } from '#src/http/outgoing-request.js';

const request = (
  url: string,
  headers: readonly (readonly [string, string])[] = [],
  body?: string,
  method = 'GET',
): OutgoingRequest => ({
  method,
  url: new URL(url),
  headers: headers.map(([name, value]) => ({ name, value, fromEnvironment: false })),
  body: body === undefined ? undefined : Buffer.from(body),
});

const lines = (...args: Parameters<typeof messageHead>) =>
  [...messageHead(...args).headers].flatMap(([name, values]) => values.map((value) => `${name}: ${value}`));

test('a request without headers gets accept and host', (t) => {
  t.deepEqual(lines(request('http://h:81/')), ['accept: */*', 'host: h:81']);
});

test('the headers given come first, each name where it first came', (t) => {
  const given = [
    ['x-z', '1'],
    ['a', '2'],
    ['x-z', '3'],
    ['accept', 'text/x'],
  ] as const;
  t.deepEqual(lines(request('http://h/', given, 'hi')), [
    'x-z: 1',
    'x-z: 3',
    'a: 2',
    'accept: text/x',
    'host: h',
    'content-length: 2',
  ]);
});

test('a host of the peer is kept, also several and an empty one', (t) => {
  t.deepEqual(
    lines(
      request('http://h/', [
        ['host', 'a'],
        ['host', ''],
      ]),
    ),
    ['host: a', 'host: ', 'accept: */*'],
  );
});

for (const said of ['5', '1', 'x']) {
  test(`a content-length of ${said} becomes that of the body, where it stood`, (t) => {
    t.is(lines(request('http://h/', [['content-length', said]], 'hi'))[0], 'content-length: 2');
    t.is(lines(request('http://h/', [['content-length', said]]))[0], 'content-length: 0');
  });
}

test('a transfer-encoding ends with chunked, and rules out a length', (t) => {
  const coded = (coding: string) =>
    lines(
      request(
        'http://h/',
        [
          ['content-length', '2'],
          ['transfer-encoding', coding],
        ],
        'hi',
      ),
    );
  t.deepEqual(coded('chunked'), ['transfer-encoding: chunked', 'accept: */*', 'host: h']);
  t.is(coded('gzip')[0], 'transfer-encoding: gzip, chunked');
  t.is(coded('gzip, Chunked ')[0], 'transfer-encoding: gzip, Chunked ');
});

test('without a body there is no transfer-encoding, and without that no trailer is announced', (t) => {
  t.deepEqual(
    lines(
      request('http://h/', [
        ['transfer-encoding', 'chunked'],
        ['trailer', 'x'],
      ]),
    ),
    ['accept: */*', 'host: h'],
  );
});

for (const [url, target] of Object.entries({
  'http://h': '/',
  'http://h?': '/?',
  'http://h/?q': '/?q',
  'http://h/a?b#c': '/a?b',
  'http://h/a#': '/a',
  'http://h/é?ü#x': '/%C3%A9?%C3%BC',
  'http://h/a b"<>`\'%zz?a b"<>`\'%zz': "/a%20b%22%3C%3E%60'%zz?a%20b%22%3C%3E`%27%zz",
  'http://h/a/../b/./c//d': '/b/c//d',
})) {
  test(`of ${url} the target is ${target}`, (t) => {
    t.is(messageHead(request(url)).target, target);
  });
}

test('a proxy is told the whole address, and who we are to it', (t) => {
  const proxy = { url: new URL('http://proxy'), authorization: 'Basic x' };
  const forwarded = request('http://h:81/a?b#c');
  t.is(messageHead(forwarded, proxy).target, 'http://h:81/a?b');
  t.deepEqual(lines(forwarded, proxy), ['accept: */*', 'proxy-authorization: Basic x', 'host: h:81']);
  const own = request('http://h/', [['proxy-authorization', 'mine']]);
  t.deepEqual(lines(own, proxy), ['proxy-authorization: mine', 'accept: */*', 'host: h']);
});

test('CONNECT names host and port', (t) => {
  t.is(messageHead(request('http://h/a?b', [], undefined, 'CONNECT')).target, 'h:80');
  t.is(messageHead(request('https://[::1]/a', [], undefined, 'CONNECT')).target, '[::1]:443');
});
