/** `farhand run`: commands that do not start, and arguments that make no sense. */
import test from 'ava';
import { farhand, runArguments, type Served, serve } from './support/farhand.js';

let executor: Served;
test.before(async () => {
  executor = await serve();
});
test.after.always(() => executor[Symbol.asyncDispose]());

const run = (argv: readonly string[], flags: readonly string[] = []) => runArguments(executor.url, argv, flags);

const failedStarts: readonly (readonly [string, string[], readonly string[], number, string])[] = [
  ['a missing program', ['no-such-program'], [], 127, "cannot start 'no-such-program': No such file or directory"],
  ['a file that is no program', ['/etc/passwd'], [], 126, "cannot start '/etc/passwd': Permission denied"],
  ['a directory', ['/etc'], [], 126, "cannot start '/etc': Permission denied"],
  [
    'a missing directory',
    ['pwd'],
    ['--cwd', '/no-such-folder'],
    127,
    "cannot start 'pwd' in /no-such-folder: No such file or directory",
  ],
];
for (const [what, argv, flags, code, message] of failedStarts) {
  test.serial(`${what} gives ${code} and one line`, async (t) => {
    t.like(await farhand(run(argv, flags)), { code, stderr: `farhand: ${message}\n` });
  });
}

for (const [argv, code] of [
  [['no-such-program'], 127],
  [['/etc/passwd'], 126],
] as const) {
  test.serial(`${argv} gives ${code} with an input, too`, async (t) => {
    const outcome = await farhand(run(argv), { input: 'x' });
    t.is(outcome.code, code);
    t.true(outcome.stderr.includes(argv[0]) && outcome.stderr.startsWith('farhand: '), outcome.stderr);
  });
}

const misuses: readonly (readonly [string[], string])[] = [
  [['run'], "expected 'farhand run URL -- CMD...', with -- in front of the command; see 'farhand run --help'"],
  [
    ['run', 'ws://127.0.0.1:1', 'pwd'],
    "expected 'farhand run URL -- CMD...', with -- in front of the command; see 'farhand run --help'",
  ],
  [
    ['run', '--', 'pwd'],
    "expected 'farhand run URL -- CMD...', with -- in front of the command; see 'farhand run --help'",
  ],
  [
    ['run', 'localhost:1', '--', 'pwd'],
    "'localhost:1' is no address of an executor; expected ws://HOST:PORT or https://REGISTRY/ENVIRONMENT",
  ],
  [['run', 'ws://', '--', 'pwd'], 'url: expected ws://HOST:PORT or https://REGISTRY/ENVIRONMENT; this is no URL'],
  [['run', '--frob', 'ws://127.0.0.1:1', '--', 'pwd'], "unknown option '--frob'; see 'farhand run --help'"],
  [
    ['run', 'ws://127.0.0.1:1', '--cwd', '--', 'pwd'],
    "option '--cwd <DIR>' argument missing; see 'farhand run --help'",
  ],
  [['run', 'ws://127.0.0.1:1', '--env', 'X', '--', 'pwd'], '--env X: expected NAME=VALUE'],
  [['run', 'ws://127.0.0.1:1', '--env', '=X', '--', 'pwd'], '--env =X: expected NAME=VALUE'],
  [
    ['run', 'ws://127.0.0.1:1', '--token-file', '/no-such-file', '--', 'pwd'],
    '--token-file /no-such-file cannot be read: ENOENT',
  ],
  [['run', 'ws://127.0.0.1:1', '--token-file', '/dev/null', '--', 'pwd'], '--token-file /dev/null is empty'],
  [['shell'], "expected 'farhand shell URL'; see 'farhand shell --help'"],
  [['run', 'http://127.0.0.1:1', '--', 'pwd'], 'url: names no environment; expected https://REGISTRY/ENVIRONMENT'],
  [
    ['run', 'https://relay.example/build-7', '--', 'pwd'],
    "give the environment's token for clients with --token-file FILE, FARHAND_TOKEN or CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN",
  ],
  [['demo', 'x'], "'farhand demo' takes no arguments; see 'farhand demo --help'"],
  [['frob'], "there is no command 'frob'; 'farhand --help' lists them"],
];
for (const [args, message] of misuses) {
  test.serial(`'farhand ${args.join(' ')}' is a usage error: one line, exit code 2`, async (t) => {
    t.like(await farhand(args), { code: 2, stderr: `farhand: ${message}\n` });
  });
}

test.serial('a directory must be absolute', async (t) => {
  const message = 'cwd: expected an absolute path or a file: URI, got "here"';
  t.like(await farhand(run(['pwd'], ['--cwd', 'here'])), { code: 2, stderr: `farhand: ${message}\n` });
});
