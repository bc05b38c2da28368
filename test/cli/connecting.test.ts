/** What a person is told who does not get to an executor, and how tokens are given. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { farhand, serve } from './support/farhand.js';

test.serial('where nobody listens, the advice is to start an executor', async (t) => {
  const { code, stderr } = await farhand(['run', 'ws://127.0.0.1:1', '--', 'true']);
  t.is(code, 255);
  t.is(
    stderr,
    'farhand: cannot connect to ws://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; is an executor running there? ' +
      "'farhand serve' on the far machine starts one and prints its address\n",
  );
});

test.serial('a name that is not known is called in question', async (t) => {
  const { code, stderr } = await farhand(['run', 'ws://no-such-host.invalid:1', '--', 'true']);
  t.is(code, 255);
  t.regex(stderr, /^farhand: cannot connect to ws:\/\/no-such-host\.invalid:1: .*; is the name of the host right\?\n$/);
});

test.serial('a server that is no executor is told apart in one line', async (t) => {
  const server = createServer((_, response) => response.end('<html>'));
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await farhand(['run', url, '--', 'true']);
  t.is(code, 255);
  t.regex(stderr, /^farhand: cannot connect to ws:.*: the listener answered 404.*\n$/);
});

test.serial('a token comes from a file or a variable; a missing and a wrong one are told apart', async (t) => {
  using folder = new TemporaryFolder();
  const [right, wrong] = [folder.file('right'), folder.file('wrong')];
  writeFileSync(right, 'the-token\n');
  writeFileSync(wrong, 'another\n');
  await using executor = await serve('--ws-auth', 'capability-token', '--ws-token-file', right);
  const command = [executor.url, '--', 'echo', 'in'];
  const run = async (flags: string[], token?: string) => {
    const { code, stderr } = await farhand(['run', ...flags, ...command], { env: { FARHAND_TOKEN: token } });
    return { code, advice: stderr.slice(stderr.indexOf('; ') + 2).trim() };
  };
  t.like(await run(['--token-file', right]), { code: 0 });
  t.like(await run([], 'the-token'), { code: 0 });
  t.like(await run(['--token-file', right], 'another'), { code: 0 }, 'a file wins over the variable');
  const none = { code: 255, advice: "give the executor's token with --token-file FILE or FARHAND_TOKEN" };
  t.deepEqual(await run([]), none);
  t.deepEqual(await run([], ''), none, 'an empty variable is none');
  const notThisOne = {
    code: 255,
    advice: 'it does not accept this token: is it the one that the executor was started with?',
  };
  t.deepEqual(await run([], 'another'), notThisOne);
  t.deepEqual(await run(['--token-file', wrong]), notThisOne);
});

test.serial('a token is not said in an error', async (t) => {
  const { stderr } = await farhand(['run', 'ws://127.0.0.1:1', '--', 'true'], { env: { FARHAND_TOKEN: 'hush\nhush' } });
  t.false(stderr.includes('hush'));
});
