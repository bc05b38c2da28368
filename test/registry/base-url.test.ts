import test from 'ava';
import { callUrl, registryPlace } from '#src/registry/base-url.js';
import type { RegistryError } from '#src/registry/errors.js';

const url = (base: string, environment: string) => callUrl(registryPlace(base, environment), 'register').href;

for (const [base, environment, expected] of [
  ['https://r.test', 'env-1', 'https://r.test/cloud/environment/env-1/register'],
  [' https://r.test/api// ', ' env-1 ', 'https://r.test/api/cloud/environment/env-1/register'],
  ['http://127.0.0.1:8/a/b', 'a/../x', 'http://127.0.0.1:8/a/b/cloud/environment/a%2F..%2Fx/register'],
  ['https://r.test', '?x=1#y', 'https://r.test/cloud/environment/%3Fx%3D1%23y/register'],
  ['https://r.test', '%2e%2e', 'https://r.test/cloud/environment/%252e%252e/register'],
  ['https://r.test', '...', 'https://r.test/cloud/environment/.../register'],
] as const) {
  test(`an environment is one part of the path: ${JSON.stringify([base, environment])}`, (t) =>
    t.is(url(base, environment), expected));
}

const PREFIX = 'environment registry configuration error: ';
for (const [base, environment, text] of [
  ['https://r.test', ' ', 'environment id is required for remote exec-server registration'],
  ['https://r.test', '.', 'environment id must not be `.` or `..`'],
  ['https://r.test', ' .. ', 'environment id must not be `.` or `..`'],
  ['https://r.test', '\ud800', 'environment id is not valid Unicode'],
  [' ', 'e', 'environment registry base URL is required'],
  ['nope', 'e', 'invalid remote endpoint URL: relative URL without a base'],
  ['https://r.test/?', 'e', 'base URL must not have a query or fragment'],
  ['https://r.test/#', 'e', 'base URL must not have a query or fragment'],
  ['https://user@r.test', 'e', 'base URL must not have a user or password'],
  ['https://:secret@r.test', 'e', 'base URL must not have a user or password'],
  ['ws://r.test', 'e', 'base URL must use http or https'],
  ['file:///x', 'e', 'base URL must use http or https'],
] as const) {
  test(`what is no place is refused: ${JSON.stringify([base, environment])}`, (t) => {
    const error = t.throws<RegistryError>(() => registryPlace(base, environment));
    t.is(error?.message, PREFIX + text);
    t.is(error?.code, 'configuration');
  });
}
