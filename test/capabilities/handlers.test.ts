import test from 'ava';
import { CAPABILITY_ROOTS } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, RpcFailure } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plant } from '#test/workers/files/support/tree.js';

const SKILL = '---\nname: a\ndescription: d\n---\n';

/** Reads nothing but what the system needs. */
const SANDBOX = {
  permissions: {
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [{ path: { type: 'special', value: { kind: 'minimal' } }, access: 'read' }],
    },
    network: 'restricted',
  },
  windowsSandboxLevel: 'disabled',
};

const start = (folder: TemporaryFolder) => ExecutorProgram.start({ env: { HOME: folder.path, CODEX_HOME: '' } });

test('installed skills are found wherever the client is', async (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { '.codex': { skills: { x: { 'SKILL.md': SKILL } } } });
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const { plugins, skills, warnings } = await client.call('capabilities/discoverV2', { cwd: 'file:///C:/x' });
  t.deepEqual([plugins, warnings], [[], []]);
  t.is(skills.length, 1);
  t.is(skills[0].path, fileUri(folder.file('.codex/skills/x/SKILL.md')));
});

test('what asks for a sandbox is not looked at: one root fails alone, the whole of what is installed together', async (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { x: { 'SKILL.md': SKILL } });
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const path = fileUri(folder.path);
  const { roots } = await client.call('capabilityRoots/discoverV1', {
    roots: [
      { id: 'sandboxed', path, sandbox: SANDBOX },
      { id: 'free', path },
      { id: 'unrestricted', path, sandbox: { ...SANDBOX, permissions: { type: 'disabled' } } },
    ],
  });
  t.regex(roots[0].error, /sandbox/);
  t.deepEqual(
    roots.map(({ id, skills }: { id: string; skills: unknown[] }) => [id, skills.length]),
    [
      ['sandboxed', 0],
      ['free', 1],
      ['unrestricted', 1],
    ],
  );
  const call = client.call('capabilities/discoverV2', { cwd: path, sandbox: SANDBOX });
  t.is((await t.throwsAsync(call, { instanceOf: RpcFailure }))!.code, -32602);
});

test('so many roots and no more', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const roots = (count: number) => ({ roots: Array(count).fill({ id: 'x', path: fileUri(folder.path) }) });
  const { roots: found } = await client.call('capabilityRoots/discoverV1', roots(CAPABILITY_ROOTS));
  t.is(found.length, CAPABILITY_ROOTS);
  const call = client.call('capabilityRoots/discoverV1', roots(CAPABILITY_ROOTS + 1));
  const { code, message } = (await t.throwsAsync(call, { instanceOf: RpcFailure }))!;
  t.is(`${code} ${message}`, '-32600 capability root discovery accepts at most 128 roots');
});

test('a long search delays no other call of the connection', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const answered: string[] = [];
  const searches = Array.from({ length: 4 }, async () => {
    await client.call('capabilityRoots/discoverV1', { roots: Array(2).fill({ id: 'x', path: 'file:///usr' }) });
    answered.push('search');
  });
  await client.call('fs/readDirectory', { path: fileUri(folder.path) });
  answered.push('directory');
  await Promise.all(searches);
  t.not(answered.at(-1), 'directory');
});
