import test from 'ava';
import type { LaunchPlan } from '#src/pool/calls.js';
import { planStart } from '#src/process/start-plan.js';
import { decodeParams } from '#src/protocol/decode.js';
import type { StartParams } from '#src/protocol/process.js';

const HOST = { environment: { PATH: '/bin', SECRET: 's' }, accountShell: '/bin/zsh', hasSlashTmp: () => true };

const launch = (wish: object = {}) => planStart(params(wish), HOST).launch;

const params = (more: object = {}): StartParams =>
  decodeParams('process/start', {
    processId: 'p',
    argv: ['ls', '-l'],
    cwd: 'file:///tmp',
    env: { A: '1' },
    tty: false,
    ...more,
  });

test('a plan has the program, the directory as a path, and nothing of the environment that was not asked for', (t) => {
  t.is(planStart(params(), HOST).policy, null);
  t.deepEqual(launch(), {
    argv: ['ls', '-l'],
    arg0: null,
    directory: '/tmp',
    environment: [['A', '1']],
    stdio: 'pipes',
  });
});

test('argv[0] may differ from the program', (t) => t.is(launch({ arg0: 'me' }).arg0, 'me'));

test('a directory that is not UTF-8 is kept as bytes', (t) => {
  t.deepEqual(launch({ cwd: 'file:///a%FF' }).directory, Buffer.from('/a\xff', 'latin1'));
});

const stdio: [object, LaunchPlan['stdio']][] = [
  [{ tty: false }, 'pipes'],
  [{ tty: false, pipeStdin: true }, 'pipes and stdin'],
  [{ tty: true }, 'terminal'],
  [{ tty: true, pipeStdin: true }, 'terminal'],
];
for (const [wish, kind] of stdio) {
  test(`${JSON.stringify(wish)} gives ${kind}`, (t) => t.is(launch(wish).stdio, kind));
}

test('a process on a terminal has SHELL, one on pipes has not', (t) => {
  t.deepEqual(launch({ tty: true }).environment, [
    ['A', '1'],
    ['SHELL', '/bin/zsh'],
  ]);
});

test('a program is needed', (t) => {
  t.throws(() => planStart(params({ argv: [] }), HOST), { message: 'argv must not be empty', code: -32602 } as object);
});

test('a directory of another kind of host is refused, before anything else', (t) => {
  t.throws(() => planStart(params({ cwd: 'file:///C:/x', argv: [] }), HOST), {
    message: "cwd URI `file:///C:/x` is not valid on this exec-server host: 'file:///C:/x' is invalid on 'linux'",
    code: -32602,
  } as object);
});

const PROXY = {
  enabled: true,
  enableSocks5: false,
  enableSocks5Udp: false,
  allowUpstreamProxy: false,
  dangerouslyAllowAllUnixSockets: false,
  mode: 'full',
  allowLocalBinding: false,
};
const managed = (network: string, fileSystem: object) => ({
  sandbox: {
    permissions: { type: 'managed', file_system: fileSystem, network },
    windowsSandboxLevel: 'disabled',
  },
});
const policyOf = (wish: object) => planStart(params(wish), HOST).policy;

test('a sandbox becomes the policy of the launch', (t) => {
  t.like(policyOf(managed('enabled', { type: 'restricted', entries: [] })), { kind: 'confined', network: 'enabled' });
  t.deepEqual(policyOf(managed('restricted', { type: 'unrestricted' })), { kind: 'offline' });
  t.deepEqual(policyOf(managed('enabled', { type: 'unrestricted' })), { kind: 'free' });
});

test('the temporary directory of a policy is that of the command, whatever that of the executor is', (t) => {
  const entries = [{ path: { type: 'special', value: { kind: 'tmpdir' } }, access: 'write' }];
  const policy = policyOf({ env: { TMPDIR: '/mine' }, ...managed('enabled', { type: 'restricted', entries }) });
  t.like(policy, { rules: [{ path: '/mine', access: 'write' }] });
});

test('a directory of another kind of host is refused under a sandbox, too', (t) => {
  const wish = { cwd: 'file:///C:/x', ...managed('enabled', { type: 'unrestricted' }) };
  t.throws(() => planStart(params(wish), HOST), { message: /^failed to prepare process sandbox: / });
});

const unsupported: [field: string, wish: object][] = [
  ['enforceManagedNetwork', { enforceManagedNetwork: true }],
  ['networkProxy', { networkProxy: { proxy: PROXY } }],
];
for (const [field, wish] of unsupported) {
  test(`a network that only a proxy could give is refused, with a sandbox or without: ${field}`, (t) => {
    for (const sandbox of [{}, managed('restricted', { type: 'unrestricted' })]) {
      t.throws(() => planStart(params({ ...wish, ...sandbox }), HOST), {
        message: /managed network is not supported by this executor$/,
        code: -32602,
      } as object);
    }
  });
}
