import test from 'ava';
import type { LaunchPlan } from '#src/pool/calls.js';
import { planStart } from '#src/process/start-plan.js';
import { decodeParams } from '#src/protocol/decode.js';
import type { StartParams } from '#src/protocol/process.js';

const HOST = { environment: { PATH: '/bin', SECRET: 's' }, accountShell: '/bin/zsh' };

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
  t.deepEqual(planStart(params(), HOST), {
    argv: ['ls', '-l'],
    arg0: null,
    directory: '/tmp',
    environment: [['A', '1']],
    stdio: 'pipes',
  });
});

test('argv[0] may differ from the program', (t) => t.is(planStart(params({ arg0: 'me' }), HOST).arg0, 'me'));

test('a directory that is not UTF-8 is kept as bytes', (t) => {
  t.deepEqual(planStart(params({ cwd: 'file:///a%FF' }), HOST).directory, Buffer.from('/a\xff', 'latin1'));
});

const stdio: [object, LaunchPlan['stdio']][] = [
  [{ tty: false }, 'pipes'],
  [{ tty: false, pipeStdin: true }, 'pipes and stdin'],
  [{ tty: true }, 'terminal'],
  [{ tty: true, pipeStdin: true }, 'terminal'],
];
for (const [wish, kind] of stdio) {
  test(`${JSON.stringify(wish)} gives ${kind}`, (t) => t.is(planStart(params(wish), HOST).stdio, kind));
}

test('a process on a terminal has SHELL, one on pipes has not', (t) => {
  t.deepEqual(planStart(params({ tty: true }), HOST).environment, [
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
const RESTRICTED = { type: 'restricted', entries: [] };

const refused: [field: string, what: string, wish: object][] = [
  ['sandbox', 'files', managed('enabled', RESTRICTED)],
  ['sandbox', 'the network', managed('restricted', { type: 'unrestricted' })],
  [
    'sandbox',
    'an outer sandbox without network',
    {
      sandbox: { permissions: { type: 'external', network: 'restricted' }, windowsSandboxLevel: 'disabled' },
    },
  ],
  ['enforceManagedNetwork', 'a managed network', { enforceManagedNetwork: true }],
  ['networkProxy', 'a proxy', { networkProxy: { proxy: PROXY } }],
];
for (const [field, what, wish] of refused) {
  test(`a request with a sandbox is enforced or refused: ${field} for ${what}`, (t) => {
    t.throws(() => planStart(params(wish), HOST), {
      message: new RegExp(`^\`${field}\` asks for`),
      code: -32602,
    } as object);
  });
}

const free: [what: string, wish: object][] = [
  ['full access', managed('enabled', { type: 'unrestricted' })],
  ['none', { sandbox: { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' } }],
];
for (const [what, wish] of free) {
  test(`a sandbox that forbids nothing is no sandbox: ${what}`, (t) => {
    t.deepEqual(planStart(params(wish), HOST), planStart(params(), HOST));
  });
}
