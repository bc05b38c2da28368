/** Remote mode on the command line. Texts recorded from release 0.169.0 where it has the flags. */
import test from 'ava';
import { parseServeArguments } from '#src/options/serve.js';
import { UsageError } from '#src/options/usage-error.js';
import { StartupError } from '#src/transport/startup-error.js';

const VARIABLE = 'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE';
const parse = (argv: string, environment: Record<string, string> = {}) =>
  parseServeArguments(argv.split(' ').filter(Boolean), { cwd: '/somewhere', home: '/home/me', environment });
const PLACE = '--remote https://x --environment-id e';
const FILE = '--registry-token-file token --registry-token-host x';

test('a registry and an environment are all that is needed', (t) => {
  t.deepEqual(parse('--remote https://x --environment-id e --concurrent-requests 3'), {
    is: 'serveRemotely',
    registryUrl: 'https://x',
    environmentId: 'e',
    credentials: {},
    concurrentRequests: 3,
    replyLimitBytes: undefined,
    drainSeconds: 0,
    limits: {},
    exitsOnStdinClose: false,
    observation: { log: undefined, auditFile: undefined, metrics: undefined },
    notices: [],
  });
});

for (const [argv, credentials] of [
  ['--registration-bearer-stdin', { registrationBearerStdin: true }],
  ['--executor-credential-stdin', { executorCredentialStdin: true }],
  ['--chatgpt-token-stdin', { chatgptTokenStdin: true }],
  ['--chatgpt-token-stdin --chatgpt-account-id a', { chatgptTokenStdin: true, chatgptAccountId: 'a' }],
  ['--use-agent-identity-auth', { useAgentIdentityAuth: true }],
  [FILE, { registryTokenFile: '/somewhere/token', registryTokenHost: 'x' }],
  [
    '--registry-token-file ~/token --registry-token-host x:1',
    { registryTokenFile: '/home/me/token', registryTokenHost: 'x:1' },
  ],
  ['--remote-transport noise', {}],
] as const) {
  test(`${argv} goes with --remote`, (t) => {
    const command = parse(`${PLACE} ${argv}`);
    t.deepEqual(command.is === 'serveRemotely' ? command.credentials : undefined, credentials);
  });
}

const MISSING = 'the following required arguments were not provided:';
const misuses: [string, string][] = [
  [
    `${PLACE} --max-reply-bytes 67108865`,
    "'--max-reply-bytes <BYTES>' must be at most 67108864 with '--remote <URL>': no longer message goes through a relay",
  ],
  ['--remote https://x', `${MISSING}\n  --environment-id <ID>`],
  ['--remote https://x --name n', `${MISSING}\n  --environment-id <ID>`],
  ['--registration-bearer-stdin', `${MISSING}\n  --environment-id <ID>\n  --remote <URL>`],
  ['--registration-bearer-stdin --environment-id e', `${MISSING}\n  --remote <URL>`],
  ['--use-agent-identity-auth --listen stdio', `${MISSING}\n  --environment-id <ID>\n  --remote <URL>`],
  ['--remote-transport noise', `${MISSING}\n  --environment-id <ID>\n  --remote <URL>`],
  ['--chatgpt-account-id a', `${MISSING}\n  --remote <URL>\n  --environment-id <ID>\n  --chatgpt-token-stdin`],
  ['--chatgpt-account-id a --remote x', `${MISSING}\n  --environment-id <ID>\n  --chatgpt-token-stdin`],
  ['--chatgpt-account-id a --chatgpt-token-stdin', `${MISSING}\n  --environment-id <ID>\n  --remote <URL>`],
  [`${PLACE} --chatgpt-account-id a`, `${MISSING}\n  --chatgpt-token-stdin`],
  [`${PLACE} --registry-token-file f`, `${MISSING}\n  --registry-token-host <HOST>`],
  [`${PLACE} --registry-token-host h`, `${MISSING}\n  --registry-token-file <PATH>`],
  [`${PLACE} --listen stdio`, "the argument '--remote <URL>' cannot be used with '--listen <URL>'"],
  ['--listen stdio --remote x', "the argument '--listen <URL>' cannot be used with '--remote <URL>'"],
  [
    `${PLACE} --executor-credential-stdin --registration-bearer-stdin`,
    "the argument '--executor-credential-stdin' cannot be used with '--registration-bearer-stdin'",
  ],
  [
    `--use-agent-identity-auth ${PLACE} --chatgpt-token-stdin --registration-bearer-stdin`,
    "the argument '--use-agent-identity-auth' cannot be used with:\n  --chatgpt-token-stdin\n  --registration-bearer-stdin",
  ],
  [
    `${PLACE} ${FILE} --chatgpt-token-stdin`,
    "the argument '--registry-token-file <PATH>' cannot be used with '--chatgpt-token-stdin'",
  ],
  [`${PLACE} --remote y`, "the argument '--remote <URL>' cannot be used multiple times"],
  ['--exit-on-stdin-close --exit-on-stdin-close', "the argument '--exit-on-stdin-close' cannot be used multiple times"],
  [
    `${PLACE} --remote-transport x`,
    "invalid value 'x' for '--remote-transport <REMOTE_TRANSPORT>'\n  [possible values: noise, direct]",
  ],
  [
    `${PLACE} --remote-transport direct`,
    "'--remote-transport direct' is not supported: this executor connects through a relay only",
  ],
  [`${PLACE} --aws-sigv4`, "'--aws-sigv4' is not supported: this executor connects through a relay only"],
  [`${PLACE} --aws-region eu`, "'--aws-region' is not supported: this executor connects through a relay only"],
  [`forward --connect ws://y ${PLACE}`, "'forward' is not supported: this executor serves its own machine only"],
];
for (const [argv, problem] of misuses) {
  test(`${argv} is a usage error`, (t) => {
    t.throws(() => parse(argv), {
      instanceOf: UsageError,
      message: `error: ${problem}\n\nFor more information, try '--help'.`,
    });
  });
}

test('tokens of those who connect are for listeners, and problems with them come first', (t) => {
  t.throws(() => parse(`${PLACE} --ws-auth capability-token --ws-token-file f`), {
    instanceOf: StartupError,
    message: 'WebSocket listener auth cannot be used with --remote or forward',
  });
  t.throws(() => parse(`${PLACE} --ws-token-file f`), { message: /^websocket auth flags require/ });
  t.throws(() => parse(`${PLACE} --listen stdio --ws-token-file f`), { instanceOf: UsageError });
});

test('what does nothing is noted', (t) => {
  const noted = (argv: string) => {
    const command = parse(argv);
    return command.is === 'help' ? [] : command.notices;
  };
  t.deepEqual(noted('--environment-id e'), ['note: --environment-id has no effect without --remote']);
  t.deepEqual(noted(`${PLACE} --name n`), ['note: --name has no effect: registries are not told of it']);
});

for (const [argv, value, expected] of [
  ['', undefined, false],
  ['--exit-on-stdin-close', undefined, true],
  ['', 'true', true],
  ['', 'false', false],
  ['--exit-on-stdin-close', 'false', true],
  ['--exit-on-stdin-close', 'nonsense', true],
] as const) {
  test(`with '${argv}' and ${VARIABLE}=${value} it ${expected ? 'ends' : 'goes on'} when standard input ends`, (t) => {
    const environment: Record<string, string> = value === undefined ? {} : { [VARIABLE]: value };
    for (const rest of ['', PLACE]) t.like(parse(`${rest} ${argv}`, environment), { exitsOnStdinClose: expected });
  });
}

for (const [value, problem] of [
  ['1', "invalid value '1' for '--exit-on-stdin-close'"],
  ['TRUE', "invalid value 'TRUE' for '--exit-on-stdin-close'"],
  ['', "a value is required for '--exit-on-stdin-close' but none was supplied"],
]) {
  test(`${VARIABLE}=${value} is a usage error`, (t) => {
    t.throws(() => parse('', { [VARIABLE]: value! }), {
      instanceOf: UsageError,
      message: `error: ${problem}\n  [possible values: true, false]\n\nFor more information, try '--help'.`,
    });
  });
}
