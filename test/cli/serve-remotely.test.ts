/** `farhand serve --remote` as a program: what it says, on which channel, and how it ends. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { type Script, ScriptedRegistry } from '#test/remote/support/registry.js';
import { Rendezvous } from '#test/remote/support/rendezvous.js';
import { Secrets } from '#test/remote/support/secrets.js';
import { Happenings } from '#test/support/happenings.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, type Outcome } from './support/farhand.js';

const ENVIRONMENT = 'env-1';
const PARENT_LEFT = / INFO Stopping exec-server after its parent closed stdin\n/;

interface ServeOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: 'ignore' | 'pipe';
}

/** A registry and a rendezvous, and executors that are to say nothing of what they know. Nobody is signed in. */
class Surroundings implements AsyncDisposable {
  readonly #programs: FarhandProgram[] = [];

  private constructor(
    readonly token: string,
    readonly happenings: Happenings,
    readonly secrets: Secrets,
    readonly registry: ScriptedRegistry,
    readonly rendezvous: Rendezvous,
    /** CODEX_HOME. */
    readonly home: TemporaryFolder,
  ) {}

  static async open(...registrations: Script[]): Promise<Surroundings> {
    const [happenings, secrets, home] = [new Happenings(), new Secrets(), new TemporaryFolder()];
    const token = `token-${randomBytes(24).toString('hex')}`;
    secrets.keep('the token', token);
    const rendezvous = await Rendezvous.open(happenings);
    const place = { environmentId: ENVIRONMENT, token, rendezvousUrl: rendezvous.url };
    const registry = await ScriptedRegistry.open({ ...place, happenings, secrets });
    registry.next('register', ...registrations);
    return new Surroundings(token, happenings, secrets, registry, rendezvous, home);
  }

  /** With the token in CODEX_API_KEY, unless something else is said. */
  serve({ args = [], env = { CODEX_API_KEY: this.token }, stdin = 'ignore' }: ServeOptions = {}): FarhandProgram {
    const place = args.includes('--remote') ? [] : ['--remote', this.registry.url, '--environment-id', ENVIRONMENT];
    const nobody = { CODEX_API_KEY: undefined, CODEX_ACCESS_TOKEN: undefined, CODEX_HOME: this.home.path };
    const program = new FarhandProgram(['serve', ...place, ...args], { env: { ...nobody, ...env }, stdin });
    this.#programs.push(program);
    return program;
  }

  /** Everything that a program said; nothing on standard output, and no secret. */
  async outcome(t: ExecutionContext, program: FarhandProgram): Promise<Outcome> {
    const outcome = await program.outcome();
    t.is(outcome.stdout.toString(), '');
    t.deepEqual(this.secrets.spottedIn(outcome.stderr), []);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
    await this.rendezvous[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

const said = (code: string, message: string) => ({ error: { code, message } });
const failed = 'environment registry request failed';

for (const [what, script, text] of [
  [
    '401',
    { status: 401, json: said('c', 'who are you?') },
    'environment registry authentication error: environment registry authentication failed (401 Unauthorized): who are you?',
  ],
  ['404', { status: 404, json: said('c', 'nowhere') }, `${failed} (404 Not Found, c): nowhere`],
  ['500', { status: 500, text: 'broken' }, `${failed} (500 Internal Server Error): broken`],
  [
    'a redirect',
    { status: 307, text: 'there', headers: { location: '/' } },
    `${failed} (307 Temporary Redirect): there`,
  ],
  [
    'no JSON',
    { text: 'welcome' },
    'failed to serialize or deserialize exec-server JSON: expected value at line 1 column 1',
  ],
] as const) {
  test.serial(`${what} at the first registration ends it with 1, and says why`, async (t) => {
    await using around = await Surroundings.open(script);
    const { code, stderr } = await around.outcome(t, around.serve());
    t.deepEqual([code, stderr], [1, `Error: ${text}\n`]);
    t.is(around.registry.calls.length, 1);
  });
}

test.serial('what a registry says of the token is not passed on', async (t) => {
  await using around = await Surroundings.open();
  const { token } = around;
  around.registry.next('register', { status: 403, text: `I was shown Bearer ${token}, ${token}` });
  const { code, stderr } = await around.outcome(t, around.serve());
  t.deepEqual([code, around.registry.calls[0]?.headers.authorization], [1, `Bearer ${token}`]);
  t.regex(stderr, /\(403 Forbidden\): I was shown /);
});

test.serial('nobody there is an error with its cause', async (t) => {
  await using around = await Surroundings.open();
  const args = ['--remote', 'http://127.0.0.1:1/api', '--environment-id', 'a b'];
  const { code, stderr } = await around.outcome(t, around.serve({ args }));
  const url = 'http://127.0.0.1:1/api/cloud/environment/a%20b/register';
  const cause = `Connection refused (os error ${constants.errno.ECONNREFUSED})`;
  t.deepEqual(
    [code, stderr],
    [1, `Error: ${failed}: error sending request for url (${url})\n\nCaused by:\n    ${cause}\n`],
  );
});

for (const [what, args, env, text] of [
  [
    'without credentials',
    [],
    {},
    'remote exec-server registration requires ChatGPT authentication or API key authentication; run `codex login` or set CODEX_API_KEY',
  ],
  [
    'an agent identity without its token',
    ['--use-agent-identity-auth'],
    {},
    'CODEX_ACCESS_TOKEN is required when --use-agent-identity-auth is set',
  ],
  [
    'an API key for a host that is not to see it',
    ['--remote', 'https://registry.test', '--environment-id', 'e'],
    { CODEX_API_KEY: 'key' },
    'remote exec-server API-key authentication is restricted to HTTPS openai.com and openai.org hosts and subdomains or loopback hosts',
  ],
  [
    'no environment',
    ['--remote', 'http://127.0.0.1:1', '--environment-id', ' '],
    { CODEX_API_KEY: 'key' },
    'environment registry configuration error: environment id is required for remote exec-server registration',
  ],
  [
    'no line with a token',
    ['--registration-bearer-stdin'],
    {},
    'expected a newline-terminated registration bearer of at most 16 KiB',
  ],
  ['no credential', ['--executor-credential-stdin'], {}, 'exec-server executor credential pipe closed'],
  [
    'a token file that is not there',
    ['--registry-token-file', '/no-such-file', '--registry-token-host', '127.0.0.1'],
    {},
    '--registry-token-file may only be used with the registry that --registry-token-host names',
  ],
] as const) {
  test.serial(`${what}: nothing is asked for, and it ends with 1`, async (t) => {
    await using around = await Surroundings.open();
    const { code, stderr } = await around.outcome(t, around.serve({ args, env }));
    t.deepEqual([code, stderr], [1, `Error: ${text}\n`]);
    t.deepEqual(around.registry.calls, []);
  });
}

test.serial('flags that do not go together are a usage error', async (t) => {
  await using around = await Surroundings.open();
  const { code, stderr } = await around.outcome(t, around.serve({ args: ['--listen', 'stdio'] }));
  t.deepEqual(
    [code, stderr],
    [
      2,
      "error: the argument '--remote <URL>' cannot be used with '--listen <URL>'\n\nFor more information, try '--help'.\n",
    ],
  );
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`${signal} ends it with 0, with a goodbye to the rendezvous`, async (t) => {
    await using around = await Surroundings.open();
    const program = around.serve();
    await program.says(/ INFO Noise executor connected to rendezvous .*\n/, 'stderr');
    program.kill(signal);
    const { code, stderr } = await around.outcome(t, program);
    t.is(code, 0);
    t.deepEqual(
      stderr.match(/(?<=^\S+ +)[A-Z].*?(?= noise_event)/gm),
      [
        'INFO Noise executor registration completed',
        'INFO Noise executor connected to rendezvous',
        'INFO Noise executor disconnected from rendezvous',
      ],
      stderr,
    );
    t.true(stderr.includes('noise_reason="local_shutdown"'), stderr);
    const [link] = around.rendezvous.links;
    await around.happenings.until(() => link?.closeCode !== undefined);
    t.is(link?.closeCode, 1001);
  });
}

/** Forever. */
const later = (): Script => ({ status: 503, json: said('registration_conflict', 'soon') });

test.serial('a signal ends it while it waits to register again', async (t) => {
  await using around = await Surroundings.open(later(), later(), later(), later());
  const program = around.serve();
  await program.says(
    / WARN Noise executor retrying uncommitted registry registration .* retry_attempt=2 .*\n/,
    'stderr',
  );
  program.kill('SIGTERM');
  const { code, stderr } = await around.outcome(t, program);
  t.is(code, 0);
  t.notRegex(stderr, /Error/);
});

test.serial('a signal ends it while the registry says nothing, and while it waits for a token', async (t) => {
  await using around = await Surroundings.open('never');
  const asking = around.serve();
  await around.happenings.until(() => around.registry.calls.length === 1);
  asking.kill('SIGTERM');
  t.deepEqual([(await around.outcome(t, asking)).code], [0]);
  for (const flag of ['--registration-bearer-stdin', '--executor-credential-stdin']) {
    const waiting = around.serve({ args: [flag, '--name', 'n'], stdin: 'pipe' });
    // Said when it is ready for signals.
    await waiting.says(/^note: --name/, 'stderr');
    waiting.kill('SIGTERM');
    t.is((await around.outcome(t, waiting)).code, 0);
  }
});

for (const [what, options] of [
  ['--exit-on-stdin-close', { args: ['--exit-on-stdin-close'] }],
  ['its variable', { env: { CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE: 'true' } }],
] as const) {
  test.serial(`${what}: it ends with its input, whatever it is doing, and lets what comes before be`, async (t) => {
    await using around = await Surroundings.open(later());
    const env = { CODEX_API_KEY: around.token, ...('env' in options && options.env) };
    const program = around.serve({ ...options, env, stdin: 'pipe' });
    await program.says(/retrying/, 'stderr');
    program.stdin.write('x'.repeat(1 << 20));
    await program.says(/connected to rendezvous/, 'stderr');
    program.stdin.end();
    const { code, stderr } = await around.outcome(t, program);
    t.is(code, 0);
    t.regex(stderr, PARENT_LEFT);
  });
}

test.serial('without it the end of its input ends nothing', async (t) => {
  await using around = await Surroundings.open();
  const program = around.serve({ stdin: 'pipe' });
  program.stdin.end();
  await program.says(/connected to rendezvous/, 'stderr');
  program.kill('SIGTERM');
  t.notRegex((await around.outcome(t, program)).stderr, PARENT_LEFT);
});

test.serial(
  'a token from standard input is read first; then its end counts, and the registry’s words are hidden',
  async (t) => {
    await using around = await Surroundings.open(later());
    const program = around.serve({
      args: ['--registration-bearer-stdin', '--exit-on-stdin-close'],
      env: {},
      stdin: 'pipe',
    });
    program.stdin.write(`${around.token}\nmore`);
    await program.says(/connected to rendezvous/, 'stderr');
    program.stdin.end();
    const ended = await around.outcome(t, program);
    t.is(ended.code, 0);
    t.regex(ended.stderr, PARENT_LEFT);

    around.registry.next('register', { status: 401, json: said('c', 'hidden') });
    const refused = around.serve({ args: ['--registration-bearer-stdin'], env: {}, stdin: 'pipe' });
    refused.stdin.write(`${around.token}\n`);
    const { code, stderr } = await around.outcome(t, refused);
    t.is(code, 1);
    t.true(stderr.endsWith('environment registry authentication failed (401 Unauthorized): response body omitted\n'));
  },
);

const credential = (token: string) =>
  `${JSON.stringify({ version: 1, environment_id: ENVIRONMENT, token, expires_at: 9_999_999_999 })}\n`;

test.serial('executor credentials: it serves with the first, and ends well when no more can come', async (t) => {
  await using around = await Surroundings.open();
  const program = around.serve({ args: ['--executor-credential-stdin'], env: {}, stdin: 'pipe' });
  program.stdin.write(credential(around.token));
  await program.says(/connected to rendezvous/, 'stderr');
  program.stdin.end(credential(`${around.token}2`));
  const { code, stderr } = await around.outcome(t, program);
  t.is(code, 0);
  t.regex(stderr, PARENT_LEFT);
});

test.serial('executor credentials: a later one that is none ends it with 1, after a goodbye', async (t) => {
  await using around = await Surroundings.open();
  const program = around.serve({ args: ['--executor-credential-stdin'], env: {}, stdin: 'pipe' });
  program.stdin.write(credential(around.token));
  await program.says(/connected to rendezvous/, 'stderr');
  program.stdin.write('{}\n');
  const { code, stderr } = await around.outcome(t, program);
  t.is(code, 1);
  t.regex(stderr, /noise_reason="local_shutdown".*\nError: invalid exec-server executor credential frame\n$/);
});

test.serial('a token file that others may read is told of once', async (t) => {
  await using around = await Surroundings.open();
  around.home.write('auth.json', JSON.stringify({ OPENAI_API_KEY: around.token }));
  const program = around.serve({ env: {} });
  await program.says(/connected to rendezvous/, 'stderr');
  program.kill('SIGTERM');
  const { stderr } = await around.outcome(t, program);
  const path = around.home.file('auth.json');
  t.deepEqual(stderr.match(/WARN others .*/g), [`WARN others on this machine may read the credentials in ${path}`]);
});
