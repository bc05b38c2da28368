/** SIGHUP to an executor: files are read again, and nothing ends. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { spawn } from 'node-pty';
import { connect, readOnlySandbox } from '#src/index.js';
import { CLI, serve } from '#test/cli/support/farhand.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { signJwt } from '#test/transport/signed-jwt.js';

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const secret = (letter: string) => letter.repeat(32);

/** What the file holds first and later, and a token that is good with it. */
const modes = [
  ['capability-token', '--ws-token-file', (letter: string) => `the ${letter} token`],
  ['signed-bearer-token', '--ws-shared-secret-file', (letter: string) => signJwt(secret(letter), { exp: inAnHour() })],
] as const;

for (const [mode, flag, tokenOf] of modes) {
  const contents = (letter: string) => (mode === 'capability-token' ? `the ${letter} token\n` : `${secret(letter)}\n`);

  test(`with ${mode} the file is read again; connections stay, and a bad file changes nothing`, async (t) => {
    using folder = new TemporaryFolder();
    const file = folder.file('secret');
    folder.write('secret', contents('a'));
    await using executor = await serve('--ws-auth', mode, flag, file);
    const { program, url } = executor;
    await using client = await connect(url, { token: tokenOf('a') });
    const command = await client.start(['/bin/cat'], { stdin: 'pipe' });

    folder.write('new', contents('b'));
    renameSync(folder.file('new'), file);
    program.kill('SIGHUP');
    await program.says(/^the token for connections was read again\n/, 'stderr');
    await t.throwsAsync(connect(url, { token: tokenOf('a') }), { message: /401/ });
    await using second = await connect(url, { token: tokenOf('b') });
    t.is((await second.run(['echo', 'new'])).stdoutText, 'new\n');

    folder.write('secret', '');
    program.kill('SIGHUP');
    const [, told] = await program.says(/again\n(.*)\n/, 'stderr');
    t.is(told, `the token for connections stays as it was: websocket auth secret ${file} must not be empty`);
    await using third = await connect(url, { token: tokenOf('b') });
    t.is((await third.run(['echo', 'still'])).stdoutText, 'still\n');

    await command.write('the first is still there\n');
    for await (const event of command.events) if (event.type === 'output') break;
    t.true(await command.terminate());
  });
}

(canSandbox ? test : test.skip)(
  'a token that a link leads to is hidden from sandboxes, before and after it leads elsewhere',
  async (t) => {
    // As secrets are mounted: ..data -> v1, then v2.
    using folder = new TemporaryFolder('/var/tmp');
    for (const version of ['v1', 'v2']) {
      mkdirSync(folder.file(version));
      writeFileSync(folder.file(`${version}/token`), `the token of ${version}`);
    }
    symlinkSync('v1', folder.file('data'));
    await using executor = await serve('--ws-auth', 'capability-token', '--ws-token-file', folder.file('data/token'));
    await using client = await connect(executor.url, { token: 'the token of v1' });
    const sandbox = readOnlySandbox();
    const isHidden = async (version: string) => {
      const path = folder.file(`${version}/token`);
      const { stdoutText } = await client.run(['cat', path], { sandbox });
      const read = await client.files.readFile(path, { sandbox }).catch(() => undefined);
      return stdoutText === '' && read === undefined;
    };
    t.deepEqual([await isHidden('v1'), await isHidden('v2')], [true, false]);
    symlinkSync('v2', folder.file('new'));
    renameSync(folder.file('new'), folder.file('data'));
    t.deepEqual([await isHidden('v1'), await isHidden('v2')], [true, true]);
  },
);

test('where there is nothing to read again nothing happens', async (t) => {
  await using executor = await serve();
  executor.program.kill('SIGHUP');
  await using client = await connect(executor.url);
  t.is((await client.run(['echo', 'there'])).stdoutText, 'there\n');
  executor.program.kill('SIGTERM');
  t.like(await executor.program.outcome(), { code: 0, signal: null });
});

test('over a terminal it ends when that is closed, and not at a signal while it is there', async (t) => {
  const terminal = spawn(process.execPath, [CLI, 'serve'], {});
  const ended = new Promise<{ exitCode: number }>((resolve) => terminal.onExit(resolve));
  const url = await new Promise<string>((resolve) => {
    let said = '';
    terminal.onData((text) => {
      said += text;
      const [, found] = /(ws:\S+)\r\n/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  process.kill(terminal.pid, 'SIGHUP');
  const client = await connect(url);
  t.is((await client.run(['echo', 'there'])).stdoutText, 'there\n');
  await client.close();
  (terminal as unknown as { destroy(): void }).destroy();
  t.is((await ended).exitCode, 0);
});
