import test from 'ava';
import { readOnlySandbox, type Sandbox, workspaceSandbox } from '#src/index.js';
import { decodeParams } from '#src/protocol/decode.js';
import { resolvePolicy } from '#src/sandbox/resolve-policy.js';

const policyOf = (sandbox: Sandbox) => {
  const start = { processId: 'p', argv: ['x'], cwd: 'file:///elsewhere', env: {}, tty: false, sandbox };
  const { sandbox: context, cwd } = decodeParams('process/start', start as never);
  return resolvePolicy(context!, { asker: { kind: 'process', cwd }, tmpdir: '/var/tmp', hasSlashTmp: true });
};
const rulesOf = (sandbox: Sandbox) => {
  const policy = policyOf(sandbox);
  return policy.kind === 'confined' ? policy.rules.map(({ path, access }) => `${access} ${path}`) : [];
};

test('a read-only sandbox reads everything and writes nothing', (t) => {
  t.deepEqual(rulesOf(readOnlySandbox()), ['read /']);
});

test('a workspace sandbox writes its directories and the temporary ones, and no protected name', (t) => {
  const names = ['.git', '.agents', '.codex', '.aws'];
  t.deepEqual(rulesOf(workspaceSandbox(['/w', new URL('file:///x%20y')])), [
    ...['read /', 'write /w', 'write /x y', 'write /tmp', 'write /var/tmp'],
    ...names.flatMap((name) => [`read /w/${name}`, `read /x y/${name}`]),
  ]);
  t.false(rulesOf(workspaceSandbox(['/w'], { temporary: false })).some((rule) => rule.includes('tmp')));
});

test('neither has the network, unless that is asked for', (t) => {
  for (const sandbox of [
    (network?: boolean) => readOnlySandbox({ network }),
    (network?: boolean) => workspaceSandbox(['/w'], { network }),
  ]) {
    t.like(policyOf(sandbox()), { network: 'restricted' });
    t.like(policyOf(sandbox(true)), { network: 'enabled' });
  }
});

test('a directory must be a path', (t) => {
  t.throws(() => workspaceSandbox(['relative']), { code: 'BAD_ARGUMENT', message: /directories/ } as never);
});
