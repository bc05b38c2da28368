import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import type { FilePath } from '#src/pool/file-calls.js';
import type { ConfigReadResult } from '#src/protocol/config.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CONFIG_FILE_BYTES } from '#src/protocol/limits.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plant, type Tree } from '#test/workers/files/support/tree.js';
import { readConfig } from '#workers/config/read-config.js';

interface Asked {
  readonly cwd?: FilePath;
  readonly configPaths?: readonly string[][];
  readonly requirementsPaths?: readonly string[][];
  readonly HOME?: string;
  readonly CODEX_HOME?: string | undefined;
}

/** A machine of its own: `etc`, `home/.codex`, and a project `p` with folders `s` and `t` in it, each with settings of its own. */
class Machine extends TemporaryFolder {
  constructor(tree: Tree = {}) {
    super();
    mkdirSync(this.file('etc'));
    mkdirSync(this.file('home/.codex'), { recursive: true });
    plant(this.path, {
      p: {
        '.git': { HEAD: '' },
        '.codex': { 'config.toml': 'a = "p"' },
        s: { '.codex': { 'config.toml': 'a = "s"' }, t: { '.codex': { 'config.toml': 'a = "t"' } } },
      },
      ...tree,
    });
  }

  put(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), text);
  }

  user(...parts: readonly string[]): void {
    this.put('home/.codex/config.toml', parts.join('\n'));
  }

  trust(name: string, level = 'trusted'): string {
    return `[projects.${JSON.stringify(this.file(name))}]\ntrust_level = "${level}"`;
  }

  /** The result, as if the machine's own folder were the root. */
  settings(asked: Asked = {}): ConfigReadResult {
    const { cwd = this.path, configPaths = [['a']], requirementsPaths = [], HOME = this.file('home') } = asked;
    const task = { variables: { HOME, CODEX_HOME: asked.CODEX_HOME }, systemFolder: this.file('etc') };
    return JSON.parse(readConfig({ ...task, cwd, configPaths, requirementsPaths }).replaceAll(this.path, ''));
  }

  /** Where the member `a` of a client in this folder comes from, and what it is there. */
  layers(cwd?: FilePath): string[] {
    const { config } = this.settings(cwd === undefined ? {} : { cwd: typeof cwd === 'string' ? this.file(cwd) : cwd });
    return config.layers.map(({ source, toml }) => `${source}: ${toml.trim()}`);
  }

  refusal(asked: Asked = {}): string | undefined {
    return refusal(() => this.settings(asked))?.replaceAll(this.path, '');
  }
}

const P = 'project (/p/.codex/config.toml): a = "p"';
const S = 'project (/p/s/.codex/config.toml): a = "s"';
const T = 'project (/p/s/t/.codex/config.toml): a = "t"';

// ---- layers -----------------------------------------------------------------------------------------

test('the machine comes first, then the user, the project, and what the administrator insists on', (t) => {
  using machine = new Machine();
  machine.put('etc/config.toml', 'a = "system"');
  machine.put('etc/managed_config.toml', 'a = "managed"');
  machine.user('a = "user"', machine.trust('p'));
  t.deepEqual(machine.layers('p/s'), [
    'system (/etc/config.toml): a = "system"',
    'user (/home/.codex/config.toml): a = "user"',
    P,
    S,
    'legacy managed_config.toml (/etc/managed_config.toml): a = "managed"',
  ]);
  t.is(machine.settings().config.cloudInsertionIndex, 1);
});

test('nothing that was not asked for is told, and a layer without it is left out', (t) => {
  using machine = new Machine();
  machine.put('etc/config.toml', 'other = 1');
  machine.user('a = 1\nsecret = "x"');
  const { config } = machine.settings();
  t.like(config, {
    layers: [{ source: 'user (/home/.codex/config.toml)', baseDir: 'file:///home/.codex', toml: 'a = 1\n' }],
    cloudInsertionIndex: 0,
  });
});

test('requirements are those of the machine, and what an old managed file amounts to', (t) => {
  using machine = new Machine();
  machine.put('etc/requirements.toml', 'allowed_sandbox_modes = ["read-only"]\nx = 1');
  machine.put('etc/managed_config.toml', 'sandbox_mode = "read-only"');
  machine.put('home/.codex/requirements.toml', 'x = 2');
  const read = (name: string) => machine.settings({ configPaths: [], requirementsPaths: [[name]] }).requirements;
  t.deepEqual(read('allowed_sandbox_modes'), {
    layers: [
      { source: '/etc/requirements.toml', baseDir: 'file:///etc', toml: 'allowed_sandbox_modes = ["read-only"]\n' },
      { source: '/etc/managed_config.toml', baseDir: 'file:///etc', toml: 'allowed_sandbox_modes = ["read-only"]\n' },
    ],
    cloudInsertionIndex: 1,
  });
  t.is(read('x').layers.length, 1);
  t.deepEqual(read('none'), { layers: [], cloudInsertionIndex: 0 });
});

// ---- homes ------------------------------------------------------------------------------------------

test('the folder of Codex is .codex in the home, there or not', (t) => {
  using machine = new Machine();
  rmSync(machine.file('home'), { recursive: true });
  const { userHomeDir, codexHomeDir, config } = machine.settings();
  t.deepEqual([userHomeDir, codexHomeDir, config.layers], ['file:///home', 'file:///home/.codex', []]);
});

test('one that was named is taken without its links', (t) => {
  using machine = new Machine({ real: { 'config.toml': 'a = 1' }, link: '->real' });
  const { codexHomeDir, config } = machine.settings({ CODEX_HOME: machine.file('link') });
  t.is(codexHomeDir, 'file:///real' as FileUri);
  t.is(config.layers[0]!.source, 'user (/real/config.toml)');
});

test('one that was named must be there', (t) => {
  using machine = new Machine({ file: '' });
  const home = (name: string) => machine.refusal({ CODEX_HOME: machine.file(name) });
  t.is(home('none'), '-32603 failed to find Codex home: CODEX_HOME points to "/none", but that path does not exist');
  t.is(
    home('file'),
    '-32603 failed to find Codex home: CODEX_HOME points to "/file", but that path is not a directory',
  );
  t.is(
    home('file/x'),
    '-32603 failed to find Codex home: failed to read CODEX_HOME "/file/x": Not a directory (os error 20)',
  );
});

test('an empty variable counts as none, and a relative home is no home to tell of', (t) => {
  using machine = new Machine();
  t.is(machine.settings({ CODEX_HOME: '' }).codexHomeDir, 'file:///home/.codex' as FileUri);
  t.is(machine.settings({ HOME: 'relative', CODEX_HOME: machine.file('home') }).userHomeDir, null);
});

// ---- trust ------------------------------------------------------------------------------------------

test('a project says nothing as long as nobody trusts it', (t) => {
  using machine = new Machine();
  t.deepEqual(machine.layers('p/s/t'), []);
  machine.user(machine.trust('p', 'untrusted'));
  t.deepEqual(machine.layers('p/s/t'), []);
});

test('trust in the top of a project holds for all of it, from there down to the client', (t) => {
  using machine = new Machine();
  machine.user(machine.trust('p'));
  t.deepEqual(machine.layers('p/s/t'), [P, S, T]);
  t.deepEqual(machine.layers('p'), [P]);
  t.deepEqual(machine.layers('p/s/none/at/all'), [P, S]);
});

test('what is said of a folder itself counts more', (t) => {
  using machine = new Machine();
  machine.user(machine.trust('p'), machine.trust('p/s', 'untrusted'));
  t.deepEqual(machine.layers('p/s/t'), [P, T]);
  machine.user(machine.trust('p', 'untrusted'), machine.trust('p/s'));
  t.deepEqual(machine.layers('p/s/t'), [S]);
});

test('trust in what lies above the project, or is spelled otherwise, is none', (t) => {
  using machine = new Machine();
  machine.user(machine.trust(''), machine.trust('p/').replace('/p"', '/p/"'));
  t.deepEqual(machine.layers('p/s'), []);
});

test('the administrator has the last word on trust', (t) => {
  using machine = new Machine();
  machine.user(machine.trust('p'));
  machine.put('etc/managed_config.toml', machine.trust('p', 'untrusted'));
  t.deepEqual(machine.layers('p/s'), []);
});

test('a link to a project is trusted like the project, and by its own name', (t) => {
  using machine = new Machine({ link: '->p' });
  const linked = ['project (/link/.codex/config.toml): a = "p"'];
  machine.user(machine.trust('p'));
  t.deepEqual(machine.layers('link'), linked);
  machine.user(machine.trust('link'));
  t.deepEqual(machine.layers('link'), linked);
  t.deepEqual(machine.layers('p'), []);
  machine.user(machine.trust('link'), machine.trust('p', 'untrusted'));
  t.deepEqual(machine.layers('link'), []);
});

test('other markers make other projects, and without any a folder is one by itself', (t) => {
  using machine = new Machine();
  machine.put('p/s/Makefile', '');
  machine.user('project_root_markers = ["Makefile"]', machine.trust('p/s'));
  t.deepEqual(machine.layers('p/s/t'), [S, T]);
  machine.user('project_root_markers = []', machine.trust('p'), machine.trust('p/s'));
  t.deepEqual(machine.layers('p/s'), [S]);
});

test('an empty .git is no repository, and marks no project', (t) => {
  using machine = new Machine();
  rmSync(machine.file('p/.git/HEAD'));
  machine.user(machine.trust('p'));
  t.deepEqual(machine.layers('p/s'), []);
});

test('a folder whose name is not UTF-8 belongs to the project around it', (t) => {
  using machine = new Machine();
  machine.user(machine.trust('p'));
  const cwd = Buffer.concat([Buffer.from(machine.file('p/')), Buffer.from([0xff]), Buffer.from('/x')]);
  t.deepEqual(machine.layers(cwd), [P]);
});

test('settings of the user are not those of a project as well', (t) => {
  using machine = new Machine({ 'x.git': {} });
  machine.put('home/.git/HEAD', '');
  machine.user('a = 1', machine.trust('home'));
  t.deepEqual(machine.layers('home'), ['user (/home/.codex/config.toml): a = 1']);
  rmSync(machine.file('p/.codex'), { recursive: true });
  symlinkSync(machine.file('home/.codex'), machine.file('p/.codex'));
  machine.user('a = 1', machine.trust('p'));
  t.deepEqual(machine.layers('p'), ['user (/home/.codex/config.toml): a = 1']);
});

test('a project cannot say where credentials go, what runs, or whom to trust with the proxy', (t) => {
  using machine = new Machine();
  machine.put(
    'p/.codex/config.toml',
    'model_provider = "x"\nnotify = ["x"]\n[features]\nrespect_system_proxy = true\nb = 1',
  );
  machine.user(machine.trust('p'));
  const { config } = machine.settings({
    cwd: machine.file('p'),
    configPaths: [['model_provider'], ['notify'], ['features']],
  });
  t.deepEqual(
    config.layers.map(({ toml }) => toml),
    ['[features]\nb = 1\n'],
  );
});

test('in a worktree the hooks are those of the main checkout, whose trust it has', (t) => {
  using machine = new Machine();
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', machine.file('main'), ...args], { stdio: 'pipe' });
  mkdirSync(machine.file('main'));
  git('init', '--quiet');
  git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--allow-empty', '--message=x');
  git('worktree', 'add', '--quiet', machine.file('worktree'));
  machine.put('main/.codex/config.toml', 'a = "main"\nhooks = { m = 1 }');
  machine.put('worktree/.codex/config.toml', 'a = "worktree"\nhooks = { w = 1 }');
  machine.user(machine.trust('main'));
  const { config } = machine.settings({ cwd: machine.file('worktree'), configPaths: [['a'], ['hooks']] });
  t.deepEqual(
    config.layers.map(({ source, toml }) => [source, toml]),
    [
      ['project (/worktree/.codex/config.toml)', 'a = "worktree"\n'],
      ['project (/main/.codex/config.toml)', '[hooks]\nm = 1\n'],
    ],
  );
});

// ---- faults -----------------------------------------------------------------------------------------

for (const name of ['etc/config.toml', 'etc/managed_config.toml', 'etc/requirements.toml', 'home/.codex/config.toml']) {
  test(`a fault in ${name} is told with its file and place`, (t) => {
    using machine = new Machine();
    machine.put(name, 'x = 1\nthis is = = not toml');
    t.is(
      machine.refusal(),
      `-32603 failed to load executor-local config: /${name}:2:6: key with no value, expected \`=\``,
    );
    machine.put(name, Buffer.from([0x61, 0xff]));
    t.regex(machine.refusal()!, new RegExp(`/${name}: invalid utf-8 sequence of 1 bytes from index 1$`));
    rmSync(machine.file(name));
    execFileSync('mkfifo', [machine.file(name)]);
    t.regex(machine.refusal()!, new RegExp(`/${name}: path \`/${name}\` is not a file$`));
    rmSync(machine.file(name));
    symlinkSync('nowhere', machine.file(name));
    t.is(machine.refusal(), undefined);
  });
}

test('a file of settings has a limit', (t) => {
  using machine = new Machine();
  const text = (bytes: number) => `a = 1\n#${'x'.repeat(bytes - 'a = 1\n#'.length)}`;
  machine.user(text(CONFIG_FILE_BYTES));
  t.deepEqual(machine.layers(), ['user (/home/.codex/config.toml): a = 1']);
  machine.user(text(CONFIG_FILE_BYTES + 1));
  t.regex(machine.refusal()!, /config\.toml: file is too large to read/);
});

test('what a project has broken matters only to those who trust it', (t) => {
  using machine = new Machine();
  machine.put('p/.codex/config.toml', 'a =');
  t.deepEqual(machine.layers('p'), []);
  machine.user(machine.trust('p'));
  t.is(
    machine.refusal({ cwd: machine.file('p') }),
    '-32603 failed to load executor-local config: /p/.codex/config.toml:1:4: invalid value',
  );
});

test('of a path that is longer than any can be, only the folders that may be there are looked at', (t) => {
  using machine = new Machine();
  machine.user(machine.trust('p'));
  const deep = (levels: number) => machine.layers(`p/s${'/x'.repeat(levels)}`);
  t.deepEqual(deep(500_000), deep(1));
});
