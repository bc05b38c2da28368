import test from 'ava';
import { TokenFile } from '#src/credentials/token-file.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

async function open(host: string, registryUrl: string, text = 'tok\n') {
  using folder = new TemporaryFolder();
  folder.write('token', text);
  return await TokenFile.open({ path: folder.file('token'), host, registryUrl });
}

for (const [host, url] of [
  ['r.test', 'https://r.test/api'],
  ['R.TEST:443', 'https://r.test'],
  ['r.test:8443', 'https://r.test:8443/api'],
  ['127.0.0.1:80', 'http://127.0.0.1/'],
  ['[::1]:8', 'http://[::1]:8'],
] as const) {
  test(`a token goes to the registry that was named: ${host} ${url}`, (t) => t.notThrowsAsync(open(host, url)));
}

for (const [host, url, code] of [
  ['r.test', 'https://evil.test', 'notForThisHost'],
  ['r.test', 'https://a.r.test', 'notForThisHost'],
  ['r.test', 'https://r.test:8443', 'notForThisHost'],
  ['r.test', 'https://r.test.', 'notForThisHost'],
  ['r.test', 'http://r.test', 'notForThisHost'],
  ['evil.test@r.test', 'https://r.test', 'invalid'],
  ['r.test/x', 'https://r.test', 'invalid'],
  ['', 'https://r.test', 'invalid'],
  ['*', 'https://r.test', 'notForThisHost'],
] as const) {
  test(`a token goes nowhere else: ${host} ${url}`, (t) => t.throwsAsync(open(host, url), { code }).then(() => {}));
}

test('a token file is read at every use', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('token', ' one \n');
  const source = await TokenFile.open({ path: folder.file('token'), host: 'r.test', registryUrl: 'https://r.test' });
  const first = await source.headers();
  t.deepEqual(first, [['authorization', 'Bearer one']]);
  t.false(await source.after401(first));
  folder.write('token', 'two');
  t.true(await source.after401(first));
  t.deepEqual(await source.headers(), [['authorization', 'Bearer two']]);
});

test('a token file holds one token', async (t) => {
  for (const text of ['', ' ', 'a b', 'a\nb', 'é', 'x'.repeat(16_385)]) {
    const error = await t.throwsAsync(open('r.test', 'https://r.test', text), { code: 'unavailable' });
    t.is(error?.message, 'the file of --registry-token-file must hold one token of visible ASCII');
  }
  await t.notThrowsAsync(open('r.test', 'https://r.test', 'x'.repeat(16_384)));
  const missing = TokenFile.open({ path: '/no/such/file', host: 'r.test', registryUrl: 'https://r.test' });
  await t.throwsAsync(missing, { message: 'cannot read the file of --registry-token-file: ENOENT' });
});
