import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import type { DiscoverCapabilitiesResult } from '#src/protocol/discovery.js';
import { CAPABILITY_LOCATIONS, PLUGIN_ORIGIN_ID_BYTES } from '#src/protocol/limits.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { discoverInstalled } from '#workers/capabilities/discover-installed.js';

const INCOMPLETE_LOCATIONS = 'some capability locations could not be resolved; discovery may be incomplete';
const INCOMPLETE_METADATA = 'some capability metadata could not be loaded; discovery may be incomplete';
const SKILL = '---\nname: a\ndescription: d\n---\n';
const CACHE = 'home/.codex/plugins/cache';
const MANIFEST = '.codex-plugin/plugin.json';

/** A machine of its own: `etc` and `home`. */
class Machine extends TemporaryFolder {
  constructor() {
    super();
    mkdirSync(this.file('home'));
  }

  put(name: string, text = SKILL): void {
    mkdirSync(dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), text);
  }

  /** The result, as if the machine's own folder were the root. */
  discover(CODEX_HOME?: string): DiscoverCapabilitiesResult {
    const task = { variables: { HOME: this.file('home'), CODEX_HOME }, systemFolder: this.file('etc') };
    return JSON.parse(discoverInstalled(task).replaceAll(this.path, ''));
  }

  /** `ROOT NAME` of each. */
  skills(): string[] {
    return this.discover().skills.map(({ discoveryRoot, name }) => `${discoveryRoot.id} ${name}`);
  }

  /** `ID VERSION` of each. */
  plugins(): string[] {
    return this.discover().plugins.map(({ id, version }) => `${id} ${version}`);
  }
}

test('where nothing is installed there is nothing', (t) => {
  using machine = new Machine();
  t.deepEqual(machine.discover(), { plugins: [], skills: [], warnings: [] });
});

test('skills come from the folder of Codex, the user and the machine, in this order', (t) => {
  using machine = new Machine();
  machine.put('etc/skills/c/SKILL.md');
  machine.put('home/.agents/skills/b/SKILL.md');
  machine.put('home/.codex/skills/.system/a/SKILL.md');
  t.deepEqual(machine.skills(), ['codex-home-skills a', 'user-agent-skills a', 'system-skills a']);
});

test('a skill comes with what its head and its settings say, and without its text', (t) => {
  using machine = new Machine();
  machine.put(
    'home/.codex/skills/x/SKILL.md',
    '---\nname: n\ndescription: d\nmetadata:\n  short-description: s\n---\nsecret\n',
  );
  machine.put('home/.codex/skills/x/agents/openai.yaml', 'policy: {allow_implicit_invocation: false}');
  const discovered = machine.discover();
  t.deepEqual(JSON.parse(JSON.stringify(discovered.skills)), [
    {
      name: 'n',
      description: 'd',
      shortDescription: 's',
      path: 'file:///home/.codex/skills/x/SKILL.md',
      dependencies: null,
      policy: { allowImplicitInvocation: false, products: [] },
      discoveryRoot: { id: 'codex-home-skills', path: 'file:///home/.codex/skills' },
    },
  ]);
});

test('a skill that is not as it must be is left out, and that is told without its place', (t) => {
  using machine = new Machine();
  machine.put('home/.codex/skills/bad/SKILL.md', '# bad');
  machine.put('home/.codex/skills/good/SKILL.md');
  t.deepEqual(machine.skills(), ['codex-home-skills a']);
  t.deepEqual(machine.discover().warnings, [INCOMPLETE_METADATA]);
});

test('a folder of skills may be a link, or something else than a folder', (t) => {
  using machine = new Machine();
  machine.put('home/.agents/skills/a/SKILL.md');
  mkdirSync(machine.file('home/.codex'));
  symlinkSync('../.agents/skills', machine.file('home/.codex/skills'));
  t.deepEqual(machine.skills(), ['codex-home-skills a', 'user-agent-skills a']);
  rmSync(machine.file('home/.codex/skills'));
  machine.put('home/.codex/skills');
  t.deepEqual(machine.skills(), ['user-agent-skills a']);
});

test('what cannot be looked at is an error, lest it seem not to be there', (t) => {
  using machine = new Machine();
  mkdirSync(machine.file('home/.codex'));
  symlinkSync('skills', machine.file('home/.codex/skills'));
  t.is(
    refusal(() => machine.discover()),
    '-32603 Symbolic link loop (os error 40)',
  );
  t.is(
    refusal(() => machine.discover('/none')),
    '-32603 CODEX_HOME points to "/none", but that path does not exist',
  );
});

// ---- plugins ------------------------------------------------------------------------------------------

test('a plugin comes with its files and its skills, which have its name', (t) => {
  using machine = new Machine();
  const root = `${CACHE}/market/demo/1.0.0`;
  machine.put(`${root}/${MANIFEST}`, '{"name":"dem","interface":{"displayName":"Demo"}}');
  machine.put(`${root}/.mcp.json`, 'm');
  machine.put(`${root}/skills/a/SKILL.md`);
  machine.put(`${root}/nested/${MANIFEST}`, '{"name":"team"}');
  machine.put(`${root}/nested/s/SKILL.md`);
  machine.put(
    `${CACHE}/market/demo/.codex-remote-plugin-install.json`,
    '{"schema_version":1,"remote_plugin_id":" r "}',
  );
  const [plugin] = machine.discover().plugins;
  const { skills, files, ...rest } = plugin!;
  t.deepEqual(JSON.parse(JSON.stringify(rest)), {
    id: 'demo@market',
    displayName: 'Demo',
    remotePluginId: 'r',
    version: '1.0.0',
    root: `file:///${root}`,
  });
  t.is(files.mcpConfig?.contents, 'm');
  t.deepEqual(
    skills.map(({ name }) => name),
    ['team:a', 'dem:a'],
  );
});

test('the version in use is the latest, and no link', (t) => {
  using machine = new Machine();
  for (const version of ['1.9.0', '1.10.0', 'bad name']) machine.put(`${CACHE}/m/one/${version}/${MANIFEST}`, '{}');
  for (const version of ['9.0.0', 'local']) machine.put(`${CACHE}/m/two/${version}/${MANIFEST}`, '{}');
  symlinkSync('1.9.0', machine.file(`${CACHE}/m/one/3.0.0`));
  symlinkSync('one', machine.file(`${CACHE}/m/alias`));
  t.deepEqual(machine.plugins(), ['alias@m 1.10.0', 'one@m 1.10.0', 'two@m local']);
});

test('names that are none are passed over', (t) => {
  using machine = new Machine();
  for (const name of ['a.b', '_x', 'a b', '.x', 'x.', 'x..y', 'x+y'])
    machine.put(`${CACHE}/m/${name}/1/${MANIFEST}`, '{}');
  for (const market of ['a.b', '.x', 'M-1']) machine.put(`${CACHE}/${market}/p/1/${MANIFEST}`, '{}');
  machine.put(`${CACHE}/m/file`);
  t.deepEqual(machine.plugins(), ['_x@m 1', 'a.b@m 1', 'p@M-1 1']);
});

test('a plugin without a manifest, or with a bad one, is left out with its skills', (t) => {
  using machine = new Machine();
  machine.put(`${CACHE}/m/none/1/skills/a/SKILL.md`);
  machine.put(`${CACHE}/m/junk/1/${MANIFEST}`, 'junk');
  machine.put(`${CACHE}/m/junk/1/skills/a/SKILL.md`);
  t.deepEqual(machine.discover(), { plugins: [], skills: [], warnings: [INCOMPLETE_METADATA, INCOMPLETE_METADATA] });
});

const ORIGINS: Readonly<Record<string, string>> = {
  'of another kind': '{"schema_version":2,"remote_plugin_id":"r"}',
  'that is blank': '{"schema_version":1,"remote_plugin_id":" "}',
  'that is no JSON': 'junk',
  'that is null': 'null',
  'with too long an id': `{"schema_version":1,"remote_plugin_id":"${'x'.repeat(PLUGIN_ORIGIN_ID_BYTES + 1)}"}`,
  'that is too large': `{"schema_version":1,"remote_plugin_id":"r"}${' '.repeat(20_000)}`,
};
for (const [name, origin] of Object.entries(ORIGINS)) {
  test(`an origin ${name} is none, and that is told`, (t) => {
    using machine = new Machine();
    machine.put(`${CACHE}/m/p/1/${MANIFEST}`, '{}');
    machine.put(`${CACHE}/m/p/.codex-remote-plugin-install.json`, origin);
    const { plugins, warnings } = machine.discover();
    t.is(plugins[0]!.remotePluginId, null);
    t.deepEqual(warnings, [INCOMPLETE_LOCATIONS]);
  });
}

test('so many places are looked through, plugins before all else', (t) => {
  using machine = new Machine();
  for (let index = 0; index < CAPABILITY_LOCATIONS; index++) machine.put(`${CACHE}/m/p${index}/1/${MANIFEST}`, '{}');
  machine.put('home/.codex/skills/a/SKILL.md');
  const { plugins, skills, warnings } = machine.discover();
  t.deepEqual([plugins.length, skills.length], [CAPABILITY_LOCATIONS, 0]);
  t.deepEqual(warnings, [INCOMPLETE_LOCATIONS]);
});

test('the name of a plugin before that of a skill may be so long', (t) => {
  using machine = new Machine();
  const name = (length: number) =>
    machine.put(`${CACHE}/m/p/1/${MANIFEST}`, JSON.stringify({ name: 'n'.repeat(length) }));
  machine.put(`${CACHE}/m/p/1/s/SKILL.md`);
  name(127);
  t.is(machine.discover().plugins[0]!.skills.length, 1);
  name(128);
  t.is(machine.discover().plugins[0]!.skills.length, 0);
  t.deepEqual(machine.discover().warnings, [INCOMPLETE_METADATA]);
});
