import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { DiscoverRootsResult, RootDiscovery } from '#src/protocol/discovery.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CAPABILITY_FILE_BYTES, CAPABILITY_ROOT_BYTES, CAPABILITY_WALK_ENTRIES } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plant, type Tree } from '#test/workers/files/support/tree.js';
import { discoverRoots } from '#workers/capabilities/discover-roots.js';

const LIMIT = 64 << 20;

function discover(...paths: readonly FileUri[]): DiscoverRootsResult['roots'] {
  const roots = paths.map((path, index) => ({ id: `${index}`, path, refusal: null }));
  return JSON.parse(discoverRoots({ roots, limitBytes: LIMIT })).roots;
}

/** Of a folder of its own; URIs are shown from there. */
function discovered(tree: Tree, more: (folder: TemporaryFolder) => void = () => {}): RootDiscovery {
  using folder = new TemporaryFolder();
  plant(folder.path, tree);
  more(folder);
  const [root] = discover(fileUri(folder.path));
  return JSON.parse(JSON.stringify(root).replaceAll(fileUri(folder.path), 'root'));
}

/** The names of the folders of skills, and of those that have settings with them. */
const skillsOf = ({ skills }: RootDiscovery) =>
  skills.map(({ instructions, metadata }) => instructions.path.split('/').at(-2)! + (metadata === null ? '' : ' +'));

test('skills are found at any depth up to six, in the order of their URIs', (t) => {
  const found = discovered({
    b: { 'SKILL.md': 'b', agents: { 'openai.yaml': 'x: 1' } },
    '.hidden': { 'SKILL.md': '' },
    A: { 'SKILL.md': '' },
    c: { 'skill.md': '', 'README.md': '' },
    1: { 2: { 3: { 4: { 5: { 6: { 'SKILL.md': '', 7: { 'SKILL.md': '' } } } } } } },
  });
  t.deepEqual(skillsOf(found), ['.hidden', '6', 'A', 'b +']);
  t.deepEqual(found.skills[3], {
    instructions: { path: 'root/b/SKILL.md', contents: 'b' },
    metadata: { path: 'root/b/agents/openai.yaml', contents: 'x: 1' },
  } as unknown as (typeof found.skills)[number]);
});

test('folders are found through links, each once; files only where a name leads to them', (t) => {
  const found = discovered({
    real: { 'SKILL.md': 'r', agents: { 'openai.yaml': '->../../settings' } },
    settings: 's',
    loop: '->.',
    again: '->real',
    linked: { 'SKILL.md': '->../settings' },
  });
  t.deepEqual(skillsOf(found), ['again +']);
});

test('a file that is too large or no text is told of, and costs no other', (t) => {
  const found = discovered(
    {
      large: { 'SKILL.md': 'x'.repeat(CAPABILITY_FILE_BYTES + 1) },
      whole: { 'SKILL.md': 'x'.repeat(CAPABILITY_FILE_BYTES) },
      binary: {},
      settings: { 'SKILL.md': '', agents: '' },
    },
    (folder) => writeFileSync(folder.file('binary/SKILL.md'), Buffer.from([0xff])),
  );
  t.deepEqual(skillsOf(found), ['settings', 'whole']);
  t.deepEqual(found.warnings, [
    'capability file root/binary/SKILL.md is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0',
    `capability file root/large/SKILL.md exceeds the ${CAPABILITY_FILE_BYTES}-byte limit`,
    'failed to inspect capability file root/settings/agents/openai.yaml: Not a directory (os error 20)',
  ]);
});

test('all files of a root together have a limit; what is small enough for the rest still comes', (t) => {
  const rest = 5;
  const sizes = [...Array(15).fill(CAPABILITY_FILE_BYTES), CAPABILITY_FILE_BYTES - rest, rest + 1, rest, 1];
  const tree = Object.fromEntries(sizes.map((size, index) => [`s${10 + index}`, { 'SKILL.md': 'x'.repeat(size) }]));
  const found = discovered(tree);
  t.is(found.skills.length, sizes.length - 2);
  t.deepEqual(found.warnings, Array(2).fill(`capability root bundle exceeds the ${CAPABILITY_ROOT_BYTES}-byte limit`));
  t.false(skillsOf(found).includes('s26'));
  t.true(skillsOf(found).includes('s27'));
});

test('a FIFO, and a folder of that name, are no skills', (t) => {
  const found = discovered({ fifo: {}, folder: { 'SKILL.md': {} } }, (folder) => {
    execFileSync('mkfifo', [folder.file('fifo/SKILL.md')]);
  });
  t.deepEqual([found.skills, found.warnings], [[], []]);
});

test('a tree of more entries than are looked at is cut off, and that is told', (t) => {
  const found = discovered({ a: { 'SKILL.md': '' }, many: {} }, (folder) => {
    for (let index = 0; index <= CAPABILITY_WALK_ENTRIES; index++) mkdirSync(folder.file(`many/${index}`));
  });
  t.deepEqual(skillsOf(found), ['a']);
  t.deepEqual(found.warnings, ['capability scan reached its traversal limit (root: root)']);
});

// ---- plugins ------------------------------------------------------------------------------------------

test('a root with a manifest is a plugin, with the files that belong to it', (t) => {
  const found = discovered({ '.codex-plugin': { 'plugin.json': '{"name":"p"}' }, '.mcp.json': 'm', '.app.json': 'a' });
  const manifest = { path: 'root/.codex-plugin/plugin.json' as FileUri, contents: '{"name":"p"}' };
  t.deepEqual(found.plugin, {
    manifest,
    mcpConfig: { path: 'root/.mcp.json' as FileUri, contents: 'm' },
    appsConfig: { path: 'root/.app.json' as FileUri, contents: 'a' },
  });
  t.deepEqual(found.namespaceManifests, [manifest]);
});

test('a manifest that cannot be read leaves the place to the next', (t) => {
  const found = discovered(
    { '.codex-plugin': { 'plugin.json': '->plugin.json' }, '.claude-plugin': { 'plugin.json': '{}' } },
    () => {},
  );
  t.is(found.plugin?.manifest.path, 'root/.claude-plugin/plugin.json' as FileUri);
  t.regex(found.warnings[0]!, /Symbolic link loop/);
});

test('manifests of plugins within come in the order of their roots, one of each', (t) => {
  const plugin = (contents: string) => ({ 'plugin.json': contents });
  const found = discovered({
    '.codex-plugin': plugin('top'),
    n: {
      '.claude-plugin': plugin('second choice'),
      '.codex-plugin': plugin('n'),
      o: { '.cursor-plugin': plugin('o') },
    },
    a: { '.claude-plugin': plugin('a') },
    b: { 'plugin.json': 'none' },
  });
  t.deepEqual(
    found.namespaceManifests.map(({ contents }) => contents),
    ['top', 'a', 'n', 'o'],
  );
});

test('a part of a plugin has the manifest above it, without being a plugin', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { '.codex-plugin': { 'plugin.json': 'above' }, skills: { deep: { s: { 'SKILL.md': '' } } } });
  const [found] = discover(fileUri(folder.file('skills/deep')));
  t.is(found!.plugin, null);
  t.deepEqual(
    found!.namespaceManifests.map(({ contents }) => contents),
    ['above'],
  );
});

// ---- roots --------------------------------------------------------------------------------------------

test('roots come in the order asked for; one that cannot be looked at costs no other', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { file: '', good: { s: { 'SKILL.md': '' } } });
  symlinkSync(folder.file('good'), folder.file('link'));
  const uri = (name: string) => fileUri(folder.file(name));
  const found = discover(uri('none'), uri('file'), 'file:///C:/x' as FileUri, uri('link'), uri('good'));
  t.deepEqual(
    found.map(({ id, error, skills }) => [id, error?.replaceAll(fileUri(folder.path), '') ?? null, skills.length]),
    [
      ['0', 'failed to inspect capability root /none: No such file or directory (os error 2)', 0],
      ['1', 'capability root /file is not a directory', 0],
      ['2', "failed to inspect capability root file:///C:/x: 'file:///C:/x' is invalid on 'linux'", 0],
      ['3', null, 1],
      ['4', null, 1],
    ],
  );
  t.is(found[3]!.skills[0]!.instructions.path, `${uri('link')}/s/SKILL.md` as FileUri);
});

test('a root that is refused is not looked at', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { s: { 'SKILL.md': '' } });
  const path = fileUri(folder.path);
  const text = discoverRoots({ roots: [{ id: 'x', path, refusal: 'no' }], limitBytes: LIMIT });
  t.deepEqual(JSON.parse(text).roots, [
    { id: 'x', path, plugin: null, skills: [], namespaceManifests: [], warnings: [], error: 'no' },
  ]);
});

test('what could not be sent is not gathered any further', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { s: { 'SKILL.md': 'x'.repeat(1000) } });
  const root = { id: 'x', path: fileUri(folder.path), refusal: null };
  t.is(
    refusal(() => discoverRoots({ roots: [root, root], limitBytes: 2000 })),
    '-32600 reply is too large: limit is 2000 bytes',
  );
  folder.write('s/SKILL.md', '\u00fc'.repeat(1000));
  t.regex(
    refusal(() => discoverRoots({ roots: [root], limitBytes: 2000 })) ?? '',
    /too large/,
    'by bytes, not characters',
  );
});

for (const [how, spell] of [
  ['slashes', (root: FileUri) => `${root}${'/'.repeat(500_000)}`],
  ['dots', (root: FileUri) => root.replace('file:///', `file:///${'a%2F../'.repeat(100_000)}`)],
] as const) {
  test(`a root whose spelling has any number of folders more, by ${how}, has those above it that are there`, (t) => {
    using folder = new TemporaryFolder();
    plant(folder.path, { '.codex-plugin': { 'plugin.json': '{}' }, in: { 'SKILL.md': '' } });
    const [root] = discover(spell(fileUri(folder.file('in'))) as FileUri);
    t.deepEqual(
      root!.namespaceManifests.map(({ path }) => path),
      [fileUri(folder.file('.codex-plugin/plugin.json'))],
    );
  });
}
