import test from 'ava';
import { checkApiKeyUrl, checkChatGptTokenUrl, checkTokenUrl } from '#src/credentials/hosts.js';
import { credentialError } from './support/world.js';

const API_KEY =
  'remote exec-server API-key authentication is restricted to HTTPS openai.com and openai.org hosts and subdomains or loopback hosts';
const HTTPS = 'environment registry configuration error: remote transport requires https for non-loopback endpoints';
const CHATGPT = 'ChatGPT token registry URLs must use HTTPS without userinfo or fragments';

for (const url of [
  'https://openai.com/api',
  'https://API.OPENAI.COM:9/',
  'https://a.b.openai.org/x',
  'https://openai.org',
  'http://localhost:9',
  'http://LOCALHOST',
  'https://localhost',
  'http://127.1',
  'http://127.255.255.254',
  'http://0x7f000001',
  'http://2130706433',
  'http://[::1]',
  'http://[0:0:0:0:0:0:0:1]',
  'http://ｌｏｃａｌｈｏｓｔ',
  'http://ⓛocalhost',
  'https://user:pw@127.0.0.1',
  'https://openai.com\\@evil.test',
]) {
  test(`an API key goes to ${url}`, (t) => t.notThrows(() => checkApiKeyUrl(url)));
}

for (const url of [
  'https://openai.com.evil.test',
  'https://evilopenai.com',
  'https://api.openai.org.evil',
  'https://openai.com.',
  'https://openai.com%2eevil.test',
  'http://localhost.',
  'http://foo.localhost',
  'http://0.0.0.0',
  'http://[::]',
  'http://[::ffff:127.0.0.1]',
  'http://10.0.0.1',
  'http://127.0.0.1.nip.io',
  'https://оpenai.com',
  'https://api.openai.com@evil.test',
  'http://openai.com',
  'ws://127.0.0.1',
  'wss://openai.com',
  'ftp://openai.com',
]) {
  test(`an API key does not go to ${url}`, (t) => {
    t.throws(() => checkApiKeyUrl(url), credentialError('notForThisHost', API_KEY));
  });
}

for (const [url, message] of [
  ['', 'invalid remote exec-server registration URL: relative URL without a base'],
  ['nope', 'invalid remote exec-server registration URL: relative URL without a base'],
  ['https://', 'invalid remote exec-server registration URL: empty host'],
  ['https://127.0.0.256', 'invalid remote exec-server registration URL: invalid IPv4 address'],
  ['https://h:99999', 'invalid remote exec-server registration URL: invalid port number'],
  ['file:///x', 'remote exec-server registration URL must include a host'],
] as const) {
  test(`what is no registry is told so: ${url}`, (t) => {
    t.throws(() => checkApiKeyUrl(url), credentialError('invalid', message));
  });
}

test('other tokens go over https, or to loopback', (t) => {
  for (const url of ['https://r.test', 'http://127.0.0.1:8', 'http://[::1]', 'http://localhost']) {
    t.notThrows(() => checkTokenUrl(url));
  }
  for (const url of ['http://r.test', 'http://localhost.', 'http://10.0.0.1', 'ws://127.0.0.1', 'file:///x']) {
    t.throws(() => checkTokenUrl(url), credentialError('notForThisHost', HTTPS));
  }
});

test('a registry that is no URL is told so for other tokens, too', (t) => {
  const message = 'environment registry configuration error: invalid remote endpoint URL: relative URL without a base';
  t.throws(() => checkTokenUrl('nope'), credentialError('invalid', message));
});

test('a ChatGPT token from standard input goes over https only', (t) => {
  t.notThrows(() => checkChatGptTokenUrl('https://r.test/api'));
  for (const url of ['http://127.0.0.1', 'https://u@r.test', 'https://:p@r.test', 'https://r.test/#', 'x']) {
    t.throws(() => checkChatGptTokenUrl(url), credentialError('notForThisHost', CHATGPT));
  }
});

test('a password in the URL of a registry is not told', (t) => {
  const url = 'http://user:SECRET@r.test:99999';
  for (const check of [checkApiKeyUrl, checkTokenUrl, checkChatGptTokenUrl]) {
    t.false(t.throws(() => check(url))?.stack?.includes('SECRET'));
  }
});
