import test from 'ava';
import { environmentOf } from '#src/client/environment-url.js';

const urls: readonly (readonly [url: string, registryUrl: string, environmentId: string])[] = [
  ['https://relay.example/build-7', 'https://relay.example/', 'build-7'],
  ['https://relay.example:8443/build-7', 'https://relay.example:8443/', 'build-7'],
  ['https://relay.example/base/path/build-7', 'https://relay.example/base/path/', 'build-7'],
  ['http://127.0.0.1:9100/build-7', 'http://127.0.0.1:9100/', 'build-7'],
  ['http://[::1]:9100/b', 'http://[::1]:9100/', 'b'],
  ['https://h/a%2Fb%3F%20%C3%BC', 'https://h/', 'a/b? ü'],
  ['https://h/a%2Fb/c', 'https://h/a%2Fb/', 'c'],
  ['HTTPS://H/B', 'https://h/', 'B'],
];
for (const [url, registryUrl, environmentId] of urls) {
  test(`${url} is ${environmentId} at ${registryUrl}`, (t) => {
    t.deepEqual(environmentOf(new URL(url)), { registryUrl, environmentId });
  });
}

const refused: readonly (readonly [url: string, message: RegExp])[] = [
  ['https://h', /^url: names no environment; expected https:\/\/REGISTRY\/ENVIRONMENT$/],
  ['https://h/', /^url: names no environment/],
  ['https://h/build-7/', /^url: names no environment/],
  ['https://h/a/%2e%2e', /^url: names no environment/],
  ['https://h/b?', /^url: a query or fragment is not possible here/],
  ['https://h/b?secret', /^url: a query or fragment is not possible here/],
  ['https://h/b#', /^url: a query or fragment is not possible here/],
  ['https://me:secret@h/b', /^url: a user or password is not possible here/],
  ['https://h/%FF', /^url: the name of the environment is not percent-encoded UTF-8$/],
];
for (const [url, message] of refused) {
  test(`${url} is refused, with the reason and without its text`, (t) => {
    const error = t.throws(() => environmentOf(new URL(url)), { code: 'BAD_ARGUMENT', message });
    t.false(error!.message.includes('secret'));
  });
}
