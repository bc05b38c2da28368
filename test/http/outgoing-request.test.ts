import test from 'ava';
import { planRequest } from '#src/http/outgoing-request.js';
import { decodeParams } from '#src/protocol/decode.js';
import { INVALID_PARAMS } from '#src/protocol/errors.js';
import type { JsonValue } from '#src/protocol/json-value.js';
import { HTTP_HEADER_NAME_BYTES, HTTP_URL_BYTES } from '#src/protocol/limits.js';

const ENVIRONMENT = { TOKEN: 'secret', EMPTY: '', LINES: 'a\nb', ACCENT: 'é', OPENAI_API_KEY: 'k', FARHAND_TOKEN: 't' };

const plan = (more: Readonly<Record<string, JsonValue>>) =>
  planRequest(decodeParams('http/request', { method: 'GET', url: 'http://h/', requestId: 'r', ...more }), ENVIRONMENT);
const withHeader = (name: string, value: string, valueEnvVar: string | null = null) =>
  plan({ headers: [{ name, value, valueEnvVar }] });

interface Refused {
  readonly what: string;
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly text: string;
}

const header = (name: string, value: string, valueEnvVar: string | null = null) => ({
  headers: [{ name, value, valueEnvVar }],
});
const METHOD = 'http/request method is invalid: invalid HTTP method';
const NAME = 'http/request header name is invalid: invalid HTTP header name';

const REFUSED: readonly Refused[] = [
  { what: 'an empty method', params: { method: '' }, text: METHOD },
  { what: 'a method with a blank', params: { method: 'A B' }, text: METHOD },
  { what: 'a method outside ASCII', params: { method: 'Gé' }, text: METHOD },
  {
    what: 'the method before the URL, and the URL before a header',
    params: { method: '', url: '', ...header('', '') },
    text: METHOD,
  },
  {
    what: 'a scheme before a header',
    params: { url: 'ftp://x', ...header('', '') },
    text: 'http/request only supports http and https URLs, got ftp',
  },
  {
    what: 'a scheme in upper case',
    params: { url: 'FTP://x' },
    text: 'http/request only supports http and https URLs, got ftp',
  },
  { what: 'a drive', params: { url: 'C:\\x' }, text: 'http/request only supports http and https URLs, got c' },
  ...Object.entries({
    '': 'relative URL without a base',
    '/path': 'relative URL without a base',
    'not a url': 'relative URL without a base',
    '://': 'relative URL without a base',
    'http://': 'empty host',
    'http://:80/': 'empty host',
    'http://user@/': 'empty host',
    'http://h:99999/': 'invalid port number',
    'http://user:pw@h:x/': 'invalid port number',
    'http://[::1': 'invalid IPv6 address',
    'http://[x]:80/': 'invalid IPv6 address',
    'http://1.2.3.4.5/': 'invalid IPv4 address',
    'http://256.1.1.1:80/': 'invalid IPv4 address',
    'http://a b/': 'invalid international domain name',
    'http://a%00b/': 'invalid international domain name',
    'http://ex|ample/p?q': 'invalid international domain name',
  }).map(([url, fault]) => ({
    what: JSON.stringify(url),
    params: { url },
    text: `http/request url is invalid: ${fault}`,
  })),
  { what: 'an empty name', params: header('', ''), text: NAME },
  { what: 'a name with a blank', params: header('a b', ''), text: NAME },
  { what: 'a name with a colon', params: header(':authority', ''), text: NAME },
  { what: 'a name outside ASCII', params: header('é', ''), text: NAME },
  { what: 'a name that is too long', params: header('a'.repeat(HTTP_HEADER_NAME_BYTES + 1), ''), text: NAME },
  ...['a\nb', 'a\r\n b', '\0', '\x7f'].map((value) => ({
    what: `a value such as ${JSON.stringify(value)}`,
    params: header('X', value),
    text: 'http/request header value is invalid for X: failed to parse header value',
  })),
  {
    what: 'a value that a variable makes invalid, without saying it',
    params: header('X', '', 'LINES'),
    text: 'http/request header value is invalid for X: failed to parse header value',
  },
  {
    what: 'a variable that is not set',
    params: header('X', 'v', 'NONE'),
    text: 'http/request header X requires executor environment variable NONE',
  },
  {
    what: 'a variable that every object has',
    params: header('X', 'v', 'toString'),
    text: 'http/request header X requires executor environment variable toString',
  },
  {
    what: 'an empty variable',
    params: header('X', 'v', 'EMPTY'),
    text: 'http/request header X requires a non-empty executor environment variable EMPTY',
  },
  ...['OPENAI_API_KEY', 'openai_api_key', 'AWS_SECRET_ACCESS_KEY', 'FARHAND_TOKEN', 'farhand_token'].map(
    (variable) => ({
      what: `the protected variable ${variable}, set or not`,
      params: header('X', 'v', variable),
      text: `http/request header X cannot use executor environment variable ${variable}`,
    }),
  ),
];

for (const { what, params, text } of REFUSED) {
  test(`refused in the words of the reference: ${what}`, (t) => {
    t.like(
      t.throws(() => plan(params)),
      { code: INVALID_PARAMS, message: text },
    );
  });
}

test('a header is the first that is bad, its name before its variable, its variable before its value', (t) => {
  t.is(t.throws(() => withHeader('a b', '\n', 'OPENAI_API_KEY'))?.message, NAME);
  t.regex(t.throws(() => withHeader('X', '\n', 'NONE'))?.message ?? '', /requires executor environment variable/);
});

test('names are in lower case and in the order given, values as bytes of UTF-8', (t) => {
  const { headers } = plan({
    headers: [
      { name: 'X-B', value: ' é\t', valueEnvVar: null },
      { name: 'X-A', value: 'Bearer ', valueEnvVar: 'TOKEN' },
      { name: 'x-b', value: '', valueEnvVar: 'ACCENT' },
    ],
  });
  t.deepEqual(headers, [
    { name: 'x-b', value: ' \xc3\xa9\t', fromEnvironment: false },
    { name: 'x-a', value: 'Bearer secret', fromEnvironment: true },
    { name: 'x-b', value: '\xc3\xa9', fromEnvironment: true },
  ]);
});

test('a name of the greatest length is taken', (t) => {
  t.is(withHeader('a'.repeat(HTTP_HEADER_NAME_BYTES), '').headers[0]?.name.length, HTTP_HEADER_NAME_BYTES);
});

test('user and password are a header and no part of the URL', (t) => {
  const { url, headers } = plan({ url: 'http://us%20er:p%40w%zz@h/p' });
  t.is(url.href, 'http://h/p');
  t.is(headers[0]?.name, 'authorization');
  t.is(headers[0]?.value, `Basic ${Buffer.from('us er:p@w%zz').toString('base64')}`);
});

test('an authorization of the peer goes before user and password', (t) => {
  const { headers } = plan({ url: 'http://u:p@h/', ...header('Authorization', 'mine') });
  t.deepEqual(
    headers.map(({ value }) => value),
    ['mine'],
  );
});

test('an empty body is none', (t) => {
  t.is(plan({ bodyBase64: '' }).body, undefined);
  t.is(plan({ bodyBase64: null }).body, undefined);
  t.deepEqual(plan({ bodyBase64: 'aGk=' }).body, Buffer.from('hi'));
});

test('a URL that is too long is told with its beginning only', (t) => {
  const url = (length: number) => `http://h/${'a'.repeat(length - 'http://h/'.length)}`;
  t.is(plan({ url: url(HTTP_URL_BYTES) }).url.href.length, HTTP_URL_BYTES);
  const { message = '' } = t.throws(() => plan({ url: url(HTTP_URL_BYTES + 1) })) ?? {};
  t.true(message.startsWith('http/request failed: builder error for url (http://h/aaa'));
  t.true(message.length < 5000);
});
