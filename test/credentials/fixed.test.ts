import test from 'ava';
import { apiKey } from '#src/credentials/api-key.js';
import { harnessToken } from '#src/credentials/harness-token.js';
import { credentialError, NEVER } from './support/world.js';

const LOCAL = 'http://127.0.0.1:8';

test('an API key is a bearer and nothing else', async (t) => {
  const source = apiKey(' sk-1 ', LOCAL);
  t.deepEqual(await source.headers('register', NEVER), [['authorization', 'Bearer sk-1']]);
  t.true(source.showsRegistryTexts);
  t.is(source.after401, undefined);
});

test('an API key that cannot be sent is not left out in silence', (t) => {
  for (const key of ['sk\n1', 'sk\u00e9', 'sk\x7f', 'sk\t1', '']) {
    t.throws(() => apiKey(key, LOCAL), credentialError('invalid', 'the API key cannot be sent in a header'));
  }
});

test('an API key is kept from others', (t) => {
  t.throws(() => apiKey('sk-1', 'https://evil.test'), { code: 'notForThisHost' });
});

test('a harness tells its token, and its account if it has one', async (t) => {
  t.deepEqual(await harnessToken(' tok ', ' acc ', LOCAL).headers('connect', NEVER), [
    ['authorization', 'Bearer tok'],
    ['chatgpt-account-id', 'acc'],
  ]);
  t.is((await harnessToken('tok', ' ', LOCAL).headers('connect', NEVER)).length, 1);
});

test('a harness without a token that can be sent says so, and sends none where others listen', (t) => {
  t.throws(
    () => harnessToken(' ', undefined, LOCAL),
    credentialError('missing', 'environment registry bearer token is required'),
  );
  t.throws(() => harnessToken('a b', undefined, LOCAL), { code: 'invalid' });
  t.throws(() => harnessToken('tok', 'a\nb', LOCAL), { code: 'invalid' });
  t.throws(() => harnessToken('tok', undefined, 'http://r.test'), { code: 'notForThisHost' });
});
