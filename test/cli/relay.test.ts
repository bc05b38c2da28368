/** `farhand relay` as a program. */
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { IDENTITY } from '#test/support/tls-identity.js';
import { FarhandProgram, farhand } from './support/farhand.js';

const ANY = ['--listen', '127.0.0.1:0'];

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`it prints one line, its address, answers there, and ends with 0 at ${signal}`, async (t) => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.file('tokens'), '');
    await using relay = new FarhandProgram(['relay', ...ANY, '--tokens', folder.file('tokens')]);
    const [address] = await relay.says(/^http:\/\/127\.0\.0\.1:\d+$/m);
    t.is((await fetch(`${address}/readyz`)).status, 200);
    relay.kill(signal);
    t.like(await relay.outcome(), { code: 0, signal: null, stderr: '' });
    t.is(relay.text, `${address}\n`);
  });
}

test.serial('tokens are printed once, and are good without a restart', async (t) => {
  using folder = new TemporaryFolder();
  const file = folder.file('tokens');
  writeFileSync(file, '');
  await using relay = new FarhandProgram(['relay', ...ANY, '--tokens', file]);
  const [address] = await relay.says(/^http:\S+/);
  const { stdout, stderr, code } = await farhand(['relay', 'add', 'env-1', '--tokens', file]);
  t.deepEqual([code, stderr], [0, '']);
  const [, executor, harness] = /^executor (\S{43})\nharness (\S{43})\n$/.exec(stdout.toString()) ?? [];
  const ask = async (call: string, token: string | undefined) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${address}/cloud/environment/env-1/${call}`, { method: 'POST', headers })).status;
  };
  t.deepEqual([await ask('register', executor), await ask('register', harness)], [400, 403]);
  t.deepEqual([await ask('connect', executor), await ask('connect', harness)], [403, 400]);
  writeFileSync(file, '');
  t.is(await ask('connect', harness), 401);
});

test.serial('what cannot be served is an error of one line', async (t) => {
  using folder = new TemporaryFolder();
  const file = (name: string, text: string) => {
    writeFileSync(folder.file(name), text);
    return folder.file(name);
  };
  const tokens = ['--tokens', file('tokens', '')];
  const pem = ['--tls-cert', file('cert', IDENTITY.cert), '--tls-key', file('key', IDENTITY.key)];
  await using taken = new FarhandProgram(['relay', ...ANY, ...tokens]);
  const [, used] = await taken.says(/^http:\/\/(\S+)/);
  for (const [exit, args] of [
    [2, []],
    [2, ['add', ...tokens]],
    [2, ['add', 'a/b', ...tokens]],
    [2, ['add', 'a', 'b', ...tokens]],
    [2, ['remove', 'a', ...tokens]],
    [2, [...tokens, '--listen', 'localhost:0']],
    [2, [...tokens, '--listen', '0.0.0.0:0']],
    [2, [...tokens, '--public-url', 'ws://relay.example']],
    [2, [...tokens, '--public-url', 'https://relay.example?x']],
    [2, [...tokens, '--max-harnesses', '0']],
    [2, [...tokens, ...pem.slice(0, 2)]],
    [1, ['--tokens', folder.file('missing')]],
    [1, ['--tokens', file('nonsense', 'nonsense')]],
    [1, [...tokens, '--listen', used!]],
    [1, [...tokens, ...ANY, ...pem.slice(0, 3), folder.file('missing')]],
    [1, [...tokens, ...ANY, ...pem.slice(0, 3), file('noKey', 'x')]],
  ] as const) {
    const { code, stdout, stderr } = await farhand(['relay', ...args]);
    t.deepEqual([code, stdout.toString()], [exit, ''], args.join(' '));
    t.regex(stderr, /^farhand: .+\n$/);
  }
});

test.serial('with a certificate it speaks TLS, and reads it again at SIGHUP', async (t) => {
  using folder = new TemporaryFolder();
  for (const [name, text] of Object.entries({ ...IDENTITY, tokens: '' })) writeFileSync(folder.file(name), text);
  const tls = ['--tls-cert', folder.file('cert'), '--tls-key', folder.file('key')];
  await using relay = new FarhandProgram(['relay', ...ANY, ...tls, '--tokens', folder.file('tokens')]);
  await relay.says(/^https:\/\/127\.0\.0\.1:\d+$/m);
  writeFileSync(folder.file('cert'), 'nonsense');
  relay.kill('SIGHUP');
  await relay.says(/^the certificate stays: .+$/m, 'stderr');
  relay.kill('SIGTERM');
  t.is((await relay.outcome()).code, 0);
});

test.serial('where tokens can be read on the way it says so', async (t) => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('tokens'), '');
  const open = ['relay', '--listen', '0.0.0.0:0', '--tokens', folder.file('tokens'), '--public-url'];
  for (const [url, said] of [
    ['http://relay.example', /^without TLS tokens can be read/],
    ['https://relay.example', /^$/],
  ] as const) {
    await using relay = new FarhandProgram([...open, url]);
    await relay.says(/^http:/);
    relay.kill('SIGTERM');
    t.regex((await relay.outcome()).stderr, said);
  }
});
