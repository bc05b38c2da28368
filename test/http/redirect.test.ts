import test from 'ava';
import fc from 'fast-check';
import type { OutgoingHeader, OutgoingRequest } from '#src/http/outgoing-request.js';
import { follow } from '#src/http/redirect.js';
import { HTTP_REDIRECTS } from '#src/protocol/limits.js';

const header = (name: string, value = name, fromEnvironment = false): OutgoingHeader => ({
  name,
  value,
  fromEnvironment,
});

const request = (more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  method: 'POST',
  url: new URL('http://a/x?q#f'),
  headers: [header('content-type'), header('authorization'), header('x-own')],
  body: Buffer.from('hi'),
  ...more,
});

function next(from: OutgoingRequest, status: number, location = '/next'): OutgoingRequest {
  const step = follow(from, 0, { status, location });
  if (step.is !== 'send') throw new Error(`not followed: ${step.is}`);
  return step.request;
}

const names = ({ headers }: OutgoingRequest) => headers.map(({ name }) => name);

for (const status of [200, 300, 304, 305, 306]) {
  test(`a ${status} is no redirect, wherever it points`, (t) => {
    t.is(follow(request(), 0, { status, location: '/next' }).is, 'done');
  });
}

for (const location of [undefined, 'http://[', 'http://', '\xe9']) {
  test(`a redirect to ${JSON.stringify(location)} is answered as it came`, (t) => {
    t.is(follow(request(), 0, { status: 302, location }).is, 'done');
  });
}

test('301 and 302 make a POST a GET without its body, and leave other methods alone', (t) => {
  for (const status of [301, 302]) {
    const got = next(request(), status);
    t.is(got.method, 'GET');
    t.is(got.body, undefined);
    t.deepEqual(names(got), ['authorization', 'x-own', 'referer']);
    for (const method of ['PUT', 'DELETE', 'HEAD', 'post']) {
      const same = next(request({ method }), status);
      t.like(same, { method, body: Buffer.from('hi') });
      t.true(names(same).includes('content-type'));
    }
  }
});

test('303 makes every method a GET without a body, only HEAD stays', (t) => {
  for (const method of ['POST', 'PUT', 'post', 'GET', 'DELETE'])
    t.like(next(request({ method }), 303), { method: 'GET', body: undefined });
  t.like(next(request({ method: 'HEAD' }), 303), { method: 'HEAD', body: undefined });
});

test('307 and 308 repeat method and body', (t) => {
  for (const status of [307, 308]) t.like(next(request(), status), { method: 'POST', body: Buffer.from('hi') });
});

test('a location is read against the address, as UTF-8, and without user and password', (t) => {
  t.is(next(request(), 302, '../y?z#g').url.href, 'http://a/y?z#g');
  t.is(next(request(), 302, '//b/y').url.href, 'http://b/y');
  t.is(next(request(), 302, '').url.href, 'http://a/x?q');
  t.is(next(request(), 302, '\xc3\xa9').url.href, 'http://a/%C3%A9');
  t.is(next(request(), 302, 'http://u:p@b/y').url.href, 'http://b/y');
});

test('the referer is the address for the same origin, the origin for others, and replaces one of the peer', (t) => {
  const from = request({ headers: [header('referer', 'mine')] });
  const referer = (location: string, url = from.url) =>
    next({ ...from, url }, 302, location).headers.find(({ name }) => name === 'referer')?.value;
  t.is(referer('/y'), 'http://a/x?q');
  t.is(referer('http://b/y'), 'http://a/');
  t.is(referer('https://a/y'), 'http://a/');
  t.is(referer('http://a/y', new URL('https://a/x')), undefined);
});

for (const [what, location] of Object.entries({
  host: 'http://b/',
  port: 'http://a:81/',
  scheme: 'https://a/',
  'scheme, on the same port': 'https://a:80/',
})) {
  test(`credentials stay behind when the ${what} changes`, (t) => {
    const credentials = ['authorization', 'cookie', 'cookie2', 'proxy-authorization', 'www-authenticate'];
    const from = request({ headers: [...credentials.map((name) => header(name)), header('x-own')] });
    t.deepEqual(names(next(from, 307, location)), ['x-own', 'referer']);
  });
}

test('the usual port is no other origin', (t) => {
  t.true(names(next(request(), 307, 'http://a:80/y')).includes('authorization'));
});

test('what came from the environment reaches no other origin, whatever the way, and is not taken up again', (t) => {
  const place = fc.constantFrom('/p', 'http://a/', 'http://a:81/', 'https://a/', 'http://b/', '//b/x', 'http://a./');
  const status = fc.constantFrom(301, 302, 303, 307, 308);
  const name = fc.constantFrom('x-secret', 'host', 'referer', 'content-type', 'accept');
  fc.assert(
    fc.property(fc.array(fc.tuple(status, place), { maxLength: HTTP_REDIRECTS }), name, (way, secretName) => {
      let now = request({ headers: [header(secretName, 'secret', true), header('x-own')] });
      let left = false;
      for (const [code, location] of way) {
        now = next(now, code, location);
        left ||= now.url.origin !== 'http://a';
        if (left) t.false(now.headers.some(({ value }) => value === 'secret'));
      }
    }),
  );
});

test('ten redirects are followed, and no more', (t) => {
  const at = (followed: number) => follow(request(), followed, { status: 302, location: '/' });
  t.is(at(HTTP_REDIRECTS - 1).is, 'send');
  t.like(at(HTTP_REDIRECTS), {
    is: 'fail',
    error: { code: -32603, message: 'http/request failed: too many redirects' },
  });
});

test('a redirect to another scheme fails', (t) => {
  t.like(follow(request(), 0, { status: 302, location: 'file:///etc/passwd' }), {
    is: 'fail',
    error: { code: -32603, message: 'http/request failed: redirect target uses unsupported URL scheme: file' },
  });
});
