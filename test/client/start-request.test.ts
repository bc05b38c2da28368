import test from 'ava';
import * as v from 'valibot';
import { type StartOptions, startRequest } from '#src/client/start-request.js';
import type { EnvironmentInfo } from '#src/protocol/environment.js';
import { startParams } from '#src/protocol/process.js';

const environment = { cwd: 'file:///work', userHomeDir: 'file:///root' } as EnvironmentInfo;
const request = (options: StartOptions = {}, known: EnvironmentInfo | undefined = environment) =>
  startRequest(['ls', '-l'], options, known);

test('a bare command runs in the executor’s directory with all of its environment and no input', (t) => {
  const { processId, ...rest } = request();
  t.regex(processId, /^[0-9a-f-]{36}$/);
  t.deepEqual(rest, {
    metadata: null,
    argv: ['ls', '-l'],
    cwd: 'file:///work',
    envPolicy: { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
    env: {},
    tty: false,
    pipeStdin: false,
    arg0: null,
    sandbox: null,
  });
});

test('each option reaches its field, and the whole is what the protocol takes', (t) => {
  const full = request({
    cwd: '/tmp',
    env: { A: '1' },
    envPolicy: { inherit: 'core', exclude: ['*KEY'] },
    tty: true,
    stdin: 'pipe',
    arg0: '-ls',
    processId: 'p',
    metadata: { threadId: '67e55044-10b1-426f-9247-bb680e5fe0c8', toolCallId: 'call' },
    sandbox: { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' },
  });
  t.like(full, { cwd: 'file:///tmp', tty: true, pipeStdin: true, arg0: '-ls', processId: 'p' });
  t.like(full.envPolicy, { inherit: 'core', exclude: ['*KEY'], set: {} });
  t.true(v.safeParse(startParams, JSON.parse(JSON.stringify(full))).success);
});

const directories: readonly (readonly [string | URL, string])[] = [
  ['/a b/é', 'file:///a%20b/%C3%A9'],
  ['file:///C:/Users', 'file:///C:/Users'],
  ['file://server/share', 'file://server/share'],
  [new URL('file:///a%20b'), 'file:///a%20b'],
];
for (const [cwd, uri] of directories) {
  test(`the directory ${cwd} is sent as ${uri}`, (t) => {
    t.is(request({ cwd }).cwd, uri);
  });
}

test('without a directory the executor’s home is taken, and without that the root', (t) => {
  t.is(request({}, { userHomeDir: 'file:///root' } as EnvironmentInfo).cwd, 'file:///root');
  t.is(startRequest(['x'], {}, undefined).cwd, 'file:///');
});

test('without a policy at all nothing is inherited', (t) => {
  t.is(request({ envPolicy: null }).envPolicy, null);
});

test('metadata is also put into the environment for executors that do not know it, and the caller’s names win', (t) => {
  const metadata = { threadId: 't', toolCallId: 'c' };
  t.deepEqual(request({ metadata, env: { CODEX_THREAD_ID: 'mine' } }).env, {
    CODEX_THREAD_ID: 'mine',
    CODEX_TOOL_CALL_ID: 'c',
  });
});

const HALF_A_PAIR = '\ud800';
const mistakes: readonly (readonly [string, () => unknown, RegExp])[] = [
  ['no program', () => startRequest([], {}, undefined), /^argv: /],
  ['an argument that is no text', () => startRequest([1 as never], {}, undefined), /^argv: expected a string/],
  ['an argument with half a surrogate pair', () => startRequest([HALF_A_PAIR], {}, undefined), /^argv: .*Unicode/],
  ['a variable named by half a pair', () => request({ env: { [HALF_A_PAIR]: '' } }), /^env: .*Unicode/],
  [
    'a sandbox with half a pair',
    () => request({ sandbox: { permissions: { type: HALF_A_PAIR } } as never }),
    /^sandbox: .*Unicode/,
  ],
  ['a policy with half a pair', () => request({ envPolicy: { exclude: [HALF_A_PAIR] } }), /^envPolicy: .*Unicode/],
  [
    'a policy that sets half a pair',
    () => request({ envPolicy: { set: { A: HALF_A_PAIR } } }),
    /^envPolicy: .*Unicode/,
  ],
  ['a variable without a value', () => request({ env: { A: undefined as never } }), /^env\.A: /],
  ['a relative directory', () => request({ cwd: 'tmp' }), /^cwd: .*"tmp"/],
  ['a directory by another scheme', () => request({ cwd: new URL('http://h/') }), /^cwd: .*http:/],
];
for (const [what, make, message] of mistakes) {
  test(`${what} is refused before anything is sent`, (t) => {
    t.throws(make, { code: 'BAD_ARGUMENT', message });
  });
}
