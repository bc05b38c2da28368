import test from 'ava';
import { CAPABILITY_ROOTS } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, RpcFailure } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plant } from '#test/workers/files/support/tree.js';

const SKILL = '---\nname: a\ndescription: d\n---\n';

const special = (kind: string) => ({ path: { type: 'special', value: { kind } }, access: 'read' });
const sandboxed = (entries: readonly object[]) => ({
  permissions: { type: 'managed', file_system: { type: 'restricted', entries }, network: 'restricted' },
  windowsSandboxLevel: 'disabled',
});

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

(canSandbox ? test : test.skip)(
  'each root is looked at under its own policy, and one that cannot be fails alone',
  async (t) => {
    using folder = new TemporaryFolder();
    plant(folder.path, { x: { 'SKILL.md': SKILL } });
    await using executor = await start(folder);
    await using client = await RpcClient.connect(executor.url);
    const path = fileUri(folder.path);
    const foreign = [{ path: { type: 'path', path: 'file:///C:/x' }, access: 'read' }];
    const { roots } = await client.call('capabilityRoots/discoverV1', {
      roots: [
        { id: 'hidden', path, sandbox: sandboxed([special('minimal')]) },
        { id: 'free', path },
        {
          id: 'allowed',
          path,
          sandbox: sandboxed([special('minimal'), { path: { type: 'path', path }, access: 'read' }]),
        },
        { id: 'readable', path, sandbox: sandboxed([special('root')]) },
        { id: 'foreign', path, sandbox: sandboxed(foreign) },
        { id: 'unrestricted', path, sandbox: { ...sandboxed([]), permissions: { type: 'disabled' } } },
      ],
    });
    const failed = (why: string) => `failed to inspect capability root ${path}: ${why}`;
    t.deepEqual(
      roots.map(({ id, skills, error }: { id: string; skills: unknown[]; error: string | null }) => [
        id,
        skills.length,
        error,
      ]),
      [
        ['hidden', 0, failed('No such file or directory (os error 2)')],
        ['free', 1, null],
        ['allowed', 1, null],
        ['readable', 1, null],
        ['foreign', 0, failed("invalid sandbox permission path URI: 'file:///C:/x' is invalid on 'linux'")],
        ['unrestricted', 1, null],
      ],
    );
  },
);

test('what is installed is told where all can be read, and refused where it would have to be hidden', async (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { '.codex': { skills: { x: { 'SKILL.md': SKILL } } } });
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const ask = (entries: object[]) =>
    client.call('capabilities/discoverV2', { cwd: fileUri(folder.path), sandbox: sandboxed(entries) });
  t.is((await ask([special('root')])).skills.length, 1);
  t.is((await t.throwsAsync(ask([special('minimal')]), { instanceOf: RpcFailure }))!.code, -32603);
});

test('a sandbox that lacks its cwd fails all roots', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await start(folder);
  await using client = await RpcClient.connect(executor.url);
  const path = fileUri(folder.path);
  const roots = [
    { id: 'free', path },
    { id: 'lacking', path, sandbox: sandboxed([special('project_roots')]) },
  ];
  const { code, message } = (await t.throwsAsync(client.call('capabilityRoots/discoverV1', { roots }), {
    instanceOf: RpcFailure,
  }))!;
  t.is(`${code} ${message}`, '-32602 file system sandbox context with dynamic permissions requires cwd');
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
