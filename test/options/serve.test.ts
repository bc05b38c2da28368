import test from 'ava';
import { flagsOf, LIMIT_FLAGS } from '#src/options/limit-flags.js';
import { type ListenOptions, parseServeArguments } from '#src/options/serve.js';
import { UsageError } from '#src/options/usage-error.js';
import { StartupError } from '#src/transport/startup-error.js';

const SURROUNDINGS = { cwd: '/somewhere', home: '/home/me', environment: {} };
const parse = (...argv: string[]) => parseServeArguments(argv, SURROUNDINGS);

test('without arguments it listens on any free loopback port, for everybody, without a bound on requests', (t) => {
  t.deepEqual(parse(), {
    is: 'serve',
    listen: { is: 'websocket', host: '127.0.0.1', port: 0 },
    auth: { mode: 'none' },
    concurrentRequests: undefined,
    replyLimitBytes: undefined,
    drainSeconds: 0,
    limits: {},
    exitsOnStdinClose: false,
    observation: { log: undefined, auditFile: undefined, metrics: undefined },
    notices: [],
  });
});

const targets: [string, ListenOptions['listen']][] = [
  ['ws://0.0.0.0:9000', { is: 'websocket', host: '0.0.0.0', port: 9000 }],
  ['ws://127.0.0.1:65535', { is: 'websocket', host: '127.0.0.1', port: 65535 }],
  ['ws://127.0.0.1:000', { is: 'websocket', host: '127.0.0.1', port: 0 }],
  ['ws://[::1]:0', { is: 'websocket', host: '::1', port: 0 }],
  ['ws://[fe80::1%2]:80', { is: 'websocket', host: 'fe80::1%2', port: 80 }],
  ['stdio', { is: 'stdio' }],
  ['stdio://', { is: 'stdio' }],
];
for (const [url, listen] of targets) {
  test(`--listen ${url} is understood`, (t) => {
    t.like(parse('--listen', url), { listen });
    t.like(parse(`--listen=${url}`), { listen });
  });
}

for (const url of [
  '',
  'stdio:',
  'STDIO',
  'WS://127.0.0.1:0',
  'http://127.0.0.1:0',
  ' ws://127.0.0.1:0',
  '127.0.0.1:0',
]) {
  test(`--listen ${JSON.stringify(url)} is unsupported`, (t) => {
    const message = `unsupported --listen URL \`${url}\`; expected \`ws://IP:PORT\` or \`stdio\``;
    t.throws(() => parse('--listen', url), { instanceOf: StartupError, message });
  });
}

const invalidUrls = [
  'ws://localhost:0',
  'ws://127.0.0.1:0/',
  'ws://127.0.0.1',
  'ws://127.0.0.1:',
  'ws://127.0.0.1:65536',
  'ws://127.0.0.1:+80',
  'ws://127.0.0.01:0',
  'ws://::1:0',
  'ws://[::1]',
  'ws://[127.0.0.1]:0',
  'ws://:80',
  'ws://',
];
for (const url of invalidUrls) {
  test(`--listen ${url} is invalid`, (t) => {
    const message = `invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``;
    t.throws(() => parse('--listen', url), { instanceOf: StartupError, message });
  });
}

const counts: [string, number][] = [
  ['1', 1],
  ['+3', 3],
  ['18446744073709551615', Number.MAX_SAFE_INTEGER],
];
test('--max-reply-bytes takes what fits every small reply, and what a whole file may need, and all between', (t) => {
  for (const bytes of [2_097_152, 67_108_864, 1_073_741_824]) {
    t.like(parse('--max-reply-bytes', `${bytes}`), { replyLimitBytes: bytes });
  }
  for (const [text, why] of [
    ['2097151', 'must be at least 2097152'],
    ['1073741825', 'must be at most 1073741824'],
    ['64M', 'invalid digit found in string'],
  ] as const) {
    const invalid = `invalid value '${text}' for '--max-reply-bytes <BYTES>': ${why}`;
    const error = t.throws(() => parse('--max-reply-bytes', text), { instanceOf: UsageError });
    t.true(error?.message.includes(invalid), error?.message);
  }
});

test('each flag of a limit sets that limit, and says what it takes', (t) => {
  for (const flag of LIMIT_FLAGS) {
    const value = flag.limit === 'max-outbound-bytes' ? 16_777_216 : 7;
    t.like(parse(`--${flag.limit}`, `${value}`), { limits: { [flag.sets]: value } });
    for (const wrong of ['0', 'x', '']) {
      const error = t.throws(() => parse(`--${flag.limit}`, wrong), { instanceOf: UsageError });
      t.true(error?.message.includes(`invalid value '${wrong}' for '${flagsOf(flag)}': `), error?.message);
    }
  }
  for (const [flag, value, why] of [
    ['max-outbound-bytes', '16777215', 'must be at least 16777216'],
    ['max-process-seconds', '2147484', 'must be at most 2147483'],
    ['idle-session-seconds', '2147484', 'must be at most 2147483'],
  ]) {
    const error = t.throws(() => parse(`--${flag}`, value!), { instanceOf: UsageError });
    t.true(error?.message.includes(why!), error?.message);
  }
});

for (const [text, concurrentRequests] of counts) {
  test(`--concurrent-requests ${text} is ${concurrentRequests}`, (t) => {
    t.like(parse('--concurrent-requests', text), { concurrentRequests });
  });
}

test('--drain-seconds is a number of seconds that a timer can count', (t) => {
  for (const seconds of [0, 90, 2_147_483]) t.like(parse('--drain-seconds', `${seconds}`), { drainSeconds: seconds });
  for (const [text, why] of [
    ['2147484', 'must be at most 2147483'],
    ['1.5', 'invalid digit found in string'],
  ] as const) {
    const error = t.throws(() => parse('--drain-seconds', text), { instanceOf: UsageError });
    t.true(error?.message.includes(`invalid value '${text}' for '--drain-seconds <SECONDS>': ${why}`), error?.message);
  }
});

/** Arguments and what is said about them; recorded from release 0.169.0 where it has the flag and commander lets us. */
const misuses: [string[], string][] = [
  [
    ['--concurrent-requests', '0'],
    "invalid value '0' for '--concurrent-requests <COUNT>': number would be zero for non-zero type",
  ],
  [
    ['--concurrent-requests', 'x'],
    "invalid value 'x' for '--concurrent-requests <COUNT>': invalid digit found in string",
  ],
  [
    ['--concurrent-requests=-1'],
    "invalid value '-1' for '--concurrent-requests <COUNT>': invalid digit found in string",
  ],
  [
    ['--concurrent-requests', ''],
    "invalid value '' for '--concurrent-requests <COUNT>': cannot parse integer from empty string",
  ],
  [
    ['--concurrent-requests', '18446744073709551616'],
    "invalid value '18446744073709551616' for '--concurrent-requests <COUNT>': number too large to fit in target type",
  ],
  [
    ['--ws-auth', 'x'],
    "invalid value 'x' for '--ws-auth <MODE>'\n  [possible values: capability-token, signed-bearer-token]",
  ],
  [['--ws-token-file', ''], "a value is required for '--ws-token-file <PATH>' but none was supplied"],
  [['--listen', 'stdio', '--listen', 'stdio'], "the argument '--listen <URL>' cannot be used multiple times"],
  [['--listen'], "option '--listen <URL>' argument missing"],
  [['extra'], 'too many arguments. Expected 0 arguments but got 1.'],
];
for (const [argv, problem] of misuses) {
  test(`${argv.join(' ')} is a usage error`, (t) => {
    t.throws(() => parse(...argv), {
      instanceOf: UsageError,
      message: `error: ${problem}\n\nFor more information, try '--help'.`,
    });
  });
}

test('flags for tokens become a plan, and files are not read yet', (t) => {
  const argv = '--ws-auth signed-bearer-token --ws-shared-secret-file missing --ws-issuer me --ws-audience you';
  t.like(parse(...argv.split(' '), '--ws-max-clock-skew-seconds', '7'), {
    auth: {
      mode: 'signed-bearer-token',
      secretFile: '/somewhere/missing',
      issuer: 'me',
      audience: 'you',
      maxClockSkewSeconds: 7n,
    },
  });
});

test('problems with tokens come before problems with the URL, and tokens need a listener', (t) => {
  const tokens = ['--ws-auth', 'capability-token'];
  t.throws(() => parse('--listen', 'http://x', ...tokens), { message: /^`--ws-token-file` or/ });
  t.throws(() => parse('--listen', 'stdio', '--ws-issuer', 'x'), { message: /^websocket auth flags require/ });
  t.throws(() => parse('--listen', 'http://x', ...tokens, '--ws-token-file', 'x'), {
    message: /^unsupported --listen/,
  });
  t.throws(() => parse('--listen', 'stdio', ...tokens, '--ws-token-file', 'x'), {
    instanceOf: StartupError,
    message: 'WebSocket auth requires a WebSocket listener, not stdio',
  });
});

test('flags about configuration are accepted, repeated too, and each is noted once', (t) => {
  const command = parse('-c', 'a=b', '--config', 'c=d', '--enable', 'x', '--disable', 'y', '--strict-config');
  t.is(command.is, 'serve');
  t.deepEqual(command.is !== 'help' ? command.notices.map((notice) => notice.split(' ')[1]) : [], [
    '--config',
    '--enable',
    '--disable',
    '--strict-config',
  ]);
});

test('help names every flag and how to be safe', (t) => {
  const command = parse('--help');
  const text = command.is === 'help' ? command.text : '';
  for (const flag of ['--listen', '--concurrent-requests', '--ws-auth', '--ws-token-file', '--ws-token-sha256']) {
    t.true(text.includes(flag), flag);
  }
  for (const flag of ['--remote', '--environment-id', '--registry-token-file', '--exit-on-stdin-close']) {
    t.true(text.includes(`  ${flag}`), flag);
  }
  // What is always refused is nothing to try.
  t.false(text.includes('--aws'));
  t.regex(text, /Whoever can connect can run commands as you/);
});

test('--log-format, --log-level, --audit-log and --metrics-listen say what is told of it', (t) => {
  const observation = (...argv: string[]) => (parse(...argv) as ListenOptions).observation;
  t.deepEqual(observation('--log-format', 'json').log, { format: 'json', level: undefined });
  t.deepEqual(observation('--log-format=pretty', '--log-level=debug').log, { format: 'pretty', level: 'debug' });
  t.is(observation('--audit-log', 'audit.log').auditFile, '/somewhere/audit.log');
  t.is(observation('--audit-log', '~/audit.log').auditFile, '/home/me/audit.log');
  t.deepEqual(observation('--metrics-listen', '[::1]:9464').metrics, { host: '::1', port: 9464 });
});

for (const [argv, message] of [
  ['--log-level info', /^error: the following required arguments were not provided:\n {2}--log-format <FORMAT>\n/],
  [
    '--log-format xml',
    /^error: invalid value 'xml' for '--log-format <FORMAT>'\n {2}\[possible values: pretty, json\]\n/,
  ],
  ['--log-format json --log-level all', /^error: invalid value 'all' for '--log-level <LEVEL>'/],
  ['--metrics-listen 9464', /^error: invalid value '9464' for '--metrics-listen <IP:PORT>': expected IP:PORT/],
  ['--audit-log=', /^error: a value is required for '--audit-log <PATH>'/],
] as const) {
  test(`${argv} makes no sense`, (t) => {
    const error = t.throws(() => parse(...argv.split(' ')), { instanceOf: UsageError });
    t.regex(error.message, message);
  });
}
