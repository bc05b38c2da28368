/** Commands on an executor in remote mode, through a relay, and what of its credentials they can come by. */
import test from 'ava';
import { connect } from '#src/index.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, farhand, type Outcome } from './support/farhand.js';

const ENVIRONMENT = 'build-7';

/** A relay and an executor behind it, each a program. */
class Meeting implements AsyncDisposable {
  private constructor(
    readonly address: string,
    readonly executorToken: string,
    readonly harnessToken: string,
    readonly executor: FarhandProgram,
    readonly folder: TemporaryFolder,
    readonly relay: FarhandProgram,
  ) {}

  /** `args`, `env`: of the executor. */
  static async open(
    more: (place: { folder: TemporaryFolder; address: string; token: string }) => {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    },
  ): Promise<Meeting> {
    // Not below /tmp, which sandboxes may have for themselves.
    const folder = new TemporaryFolder('/var/tmp');
    folder.write('tokens', '');
    const tokens = ['--tokens', folder.file('tokens')];
    const added = await farhand(['relay', 'add', ENVIRONMENT, ...tokens]);
    const [, token, harness] = /^executor (\S+)\nharness (\S+)\n$/.exec(added.stdout.toString())!;
    const relay = new FarhandProgram(['relay', '--listen', '127.0.0.1:0', ...tokens]);
    const [address] = await relay.says(/^http:\S+/);
    const { args = [], env = {} } = more({ folder, address, token: token! });
    const executor = new FarhandProgram(['serve', '--remote', address, '--environment-id', ENVIRONMENT, ...args], {
      env: { CODEX_API_KEY: undefined, CODEX_ACCESS_TOKEN: undefined, CODEX_HOME: folder.path, ...env },
    });
    await executor.says(/connected to rendezvous/, 'stderr');
    return new Meeting(address, token!, harness!, executor, folder, relay);
  }

  run(argv: readonly string[], flags: readonly string[] = []): Promise<Outcome> {
    const url = `${this.address}/${ENVIRONMENT}`;
    return farhand(['run', ...flags, url, '--', ...argv], { env: { FARHAND_TOKEN: this.harnessToken } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executor[Symbol.asyncDispose]();
    await this.relay[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

test.serial('commands inherit the environment of the executor, but not its credentials', async (t) => {
  await using meeting = await Meeting.open(({ token }) => ({
    env: { CODEX_API_KEY: token, CODEX_ACCESS_TOKEN: 'at-1', OTHER_API_KEY: 'theirs' },
  }));
  const { code, stdout } = await meeting.run(['env']);
  t.is(code, 0);
  const names = stdout
    .toString()
    .split('\n')
    .map((line) => line.split('=')[0]!);
  t.deepEqual(
    names.filter((name) => /^CODEX_(API|ACCESS)|^OTHER/.test(name)),
    ['OTHER_API_KEY'],
  );
  t.false(stdout.toString().includes(meeting.executorToken));
  const given = await meeting.run(['sh', '-c', 'echo $CODEX_API_KEY'], ['--env', 'CODEX_API_KEY=mine']);
  t.is(given.stdout.toString(), 'mine\n');
});

test.serial('the token of a file is shown to the registry that is named', async (t) => {
  await using meeting = await Meeting.open(({ folder, address, token }) => {
    folder.write('token', `${token}\n`);
    return { args: ['--registry-token-file', folder.file('token'), '--registry-token-host', new URL(address).host] };
  });
  t.is((await meeting.run(['echo', 'here'])).stdout.toString(), 'here\n');
});

(canSandbox ? test.serial : test.serial.skip)(
  'a sandboxed command reads neither the token file nor what codex login has left, before and after it appears',
  async (t) => {
    await using meeting = await Meeting.open(({ folder, address, token }) => {
      folder.write('token', token);
      return { args: ['--registry-token-file', folder.file('token'), '--registry-token-host', new URL(address).host] };
    });
    const { folder } = meeting;
    folder.write('plain', 'plain');
    const cat = (name: string) => meeting.run(['cat', folder.file(name)], ['--sandbox', 'read-only']);
    t.is((await cat('plain')).stdout.toString(), 'plain');
    t.like(await cat('token'), { stdout: Buffer.alloc(0), code: 1 });
    folder.write('auth.json', 'secret');
    t.like(await cat('auth.json'), { stdout: Buffer.alloc(0), code: 1 });
    t.is((await meeting.run(['cat', folder.file('auth.json')])).stdout.toString(), 'secret');
  },
);

test.serial('while it drains it stays where it is for those who are there, and lets nobody begin', async (t) => {
  const patient = { args: ['--drain-seconds', '600'] };
  await using meeting = await Meeting.open(({ token }) => ({ ...patient, env: { CODEX_API_KEY: token } }));
  const { executor, address, harnessToken: token } = meeting;
  await using client = await connect(`${address}/${ENVIRONMENT}`, { token });
  const command = await client.start(['/bin/cat'], { stdin: 'pipe' });
  executor.kill('SIGTERM');
  const refusal = await untilRefused(() => client.run(['true']));
  t.regex(String(refusal), /this executor is shutting down: it starts no more processes$/);
  const late = await t.throwsAsync(connect(`${address}/${ENVIRONMENT}`, { token }));
  t.regex(late!.message, /this executor is shutting down: sessions can be resumed, not begun$/);
  await command.write('still here\n');
  for await (const event of command.events) if (event.type === 'output') break;
  await command.terminate();
  t.true((await command.exit).complete);
  t.like(await executor.outcome(), { code: 0, signal: null });
});

/** What it fails with, at last. */
async function untilRefused(act: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await act();
    } catch (error) {
      return error;
    }
  }
}
