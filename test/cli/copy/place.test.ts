import test from 'ava';
import { parsePlace, shownUrl } from '#src/cli/copy/place.js';

const remote: readonly (readonly [text: string, url: string, path: string])[] = [
  ['ws://127.0.0.1:9000:/etc/hosts', 'ws://127.0.0.1:9000', '/etc/hosts'],
  ['wss://host:/path', 'wss://host', '/path'],
  ['ws://[::1]:9000:/x', 'ws://[::1]:9000', '/x'],
  ['ws://[::1]:x', 'ws://[::1]', 'x'],
  ['ws://host:9000:notes/a:b', 'ws://host:9000', 'notes/a:b'],
  ['ws://host:notes', 'ws://host', 'notes'],
  ['ws://host:80x', 'ws://host', '80x'],
  ['ws://host:9000:80', 'ws://host:9000', '80'],
  ['WS://host:9000:.', 'WS://host:9000', '.'],
  ['wss://host/executor?key=1:/x', 'wss://host/executor?key=1', '/x'],
  ['ws://me:secret@host:9000:/x@y:z', 'ws://me:secret@host:9000', '/x@y:z'],
  ['ws://host:dir/me@x', 'ws://host', 'dir/me@x'],
  ['ws://host:9000:file:///tmp/%FF', 'ws://host:9000', 'file:///tmp/%FF'],
  ['ws://host:9000:/a\nb', 'ws://host:9000', '/a\nb'],
  ['https://relay.example/build-7:/etc/hosts', 'https://relay.example/build-7', '/etc/hosts'],
  ['https://relay.example:8443/build-7:notes', 'https://relay.example:8443/build-7', 'notes'],
  ['https://relay.example/base/path/build-7:.', 'https://relay.example/base/path/build-7', '.'],
  ['http://127.0.0.1:9100/build-7:/a:b', 'http://127.0.0.1:9100/build-7', '/a:b'],
  ['http://[::1]:9100/b:/x', 'http://[::1]:9100/b', '/x'],
  ['HTTPS://h/a%3Ab:80', 'HTTPS://h/a%3Ab', '80'],
  ['https://h/b:file:///tmp/%FF', 'https://h/b', 'file:///tmp/%FF'],
  // Names no environment, which is said when it is to be connected to.
  ['http://host:/x', 'http://host', '/x'],
];
for (const [text, url, path] of remote) {
  test(`${JSON.stringify(text)} is ${path.trim()} on ${url}`, (t) => {
    t.deepEqual(parsePlace(text), { at: 'executor', url, path });
  });
}

for (const text of ['/etc/hosts', 'notes', './ws://host:/x', 'host:/x', 'httpx://host:/x', 'a:b', '-']) {
  test(`'${text}' is a path of this machine`, (t) => t.deepEqual(parsePlace(text), { at: 'here', path: text }));
}

for (const text of [
  'ws://host:9000',
  'ws://host',
  'wss://host/',
  'ws://host:9000:',
  'ws://[::1]:9000',
  'ws://',
  'ws://:/x',
]) {
  test(`'${text}' says no file, and the message says what is expected`, (t) => {
    t.throws(() => parsePlace(text), {
      message: `'${text}' says no file on the executor; expected URL:PATH, such as ws://127.0.0.1:9000:/etc/hosts`,
    });
  });
}

for (const text of ['https://relay.example/build-7', 'https://relay.example:8443/base/build-7', 'http://h/b:']) {
  test(`'${text}' says no file, and the example is one of an environment`, (t) => {
    t.throws(() => parsePlace(text), {
      message: `'${text}' says no file on the executor; expected URL:PATH, such as https://relay.example/build-7:/etc/hosts`,
    });
  });
}

test('an empty text says no file', (t) => {
  t.throws(() => parsePlace(''), { message: "'' names no file" });
});

test('an address is shown without what may be secret', (t) => {
  t.is(shownUrl('wss://me:secret@host/executor?key=1'), 'wss://host/executor');
  t.is(shownUrl('ws://127.0.0.1:9000'), 'ws://127.0.0.1:9000');
  t.is(shownUrl('https://relay.example/base/a%3Ab'), 'https://relay.example/base/a%3Ab');
});
