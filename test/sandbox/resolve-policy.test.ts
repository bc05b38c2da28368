import test from 'ava';
import { INVALID_PARAMS, INVALID_REQUEST } from '#src/protocol/errors.js';
import { readsWholeDisk } from '#src/sandbox/policy.js';
import { resolvePolicy } from '#src/sandbox/resolve-policy.js';
import { type Around, decoded, FILES, managed, PROCESS, resolved, rulesOf, uri } from './support/contexts.js';

const READING = { ...FILES, asker: { kind: 'files', reads: true } } as const;
const foreign = 'file:///C:/x';
const wrong = `'${foreign}' is invalid on 'linux'`;

// ---- what a policy comes to ------------------------------------------------------------------------

for (const [permissions, kind] of [
  [{ type: 'disabled' }, 'free'],
  [{ type: 'external', network: 'enabled' }, 'free'],
  [{ type: 'external', network: 'restricted' }, 'offline'],
  [{ type: 'managed', file_system: { type: 'unrestricted' }, network: 'enabled' }, 'free'],
  [{ type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' }, 'offline'],
] as const) {
  test(`${JSON.stringify(permissions)} is ${kind}`, (t) => {
    const context = decoded({ permissions, windowsSandboxLevel: 'disabled' });
    t.deepEqual(resolvePolicy(context, PROCESS), { kind });
    t.deepEqual(resolvePolicy(context, FILES), { kind });
  });
}

test('the whole disk can be written when the root can and nothing is taken back', (t) => {
  t.deepEqual(resolved(['write :root'], { network: 'enabled' }), { kind: 'free' });
  t.deepEqual(resolved(['write :root']), { kind: 'offline' });
  t.deepEqual(resolved(['write /', 'write /a']), { kind: 'offline' });
  t.deepEqual(resolved(['write :root', 'read /a', 'write /a']), { kind: 'offline' });
  t.deepEqual(resolved(['write :root', 'read :root', 'deny :minimal', 'deny :unknown']).kind, 'offline');
});

for (const narrowing of ['read /a', 'deny /a', 'deny :root', 'deny glob *.env', 'deny glob codex-project-roots://*']) {
  test(`a writable root is narrowed by ${narrowing}`, (t) => {
    t.is(resolved(['write :root', narrowing], { network: 'enabled' }).kind, 'confined');
  });
}

test('a path that is denied narrows even if it may be written: denial is stronger', (t) => {
  t.is(resolved(['write :root', 'write /a', 'deny /a']).kind, 'confined');
});

test('the policy of a writable workspace', (t) => {
  const policy = resolved([
    'read :root',
    'write :project_roots',
    'write :slash_tmp',
    'write :tmpdir',
    'write /extra',
    'read :project_roots/.git',
  ]);
  t.deepEqual(rulesOf(policy), ['read /', 'write /w', 'write /tmp', 'write /var/tmp', 'write /extra', 'read /w/.git']);
  t.like(policy, { platform: false, globs: [], network: 'restricted' });
});

test('the whole disk can be read when the root can and nothing is denied', (t) => {
  const whole = (...words: string[]) => readsWholeDisk(resolved(words));
  t.true(whole('read :root', 'write :project_roots', 'read /a'));
  t.true(whole('write :root'));
  t.false(whole('read :root', 'deny /a'));
  t.false(whole('read :root', 'deny glob *.env'));
  t.false(whole('read :minimal', 'write /w'));
});

test('every workspace root has its own rule, and the cwd is none of them', (t) => {
  const roots = (workspaceRoots: string[]) => rulesOf(resolved(['write :project_roots'], { workspaceRoots }));
  t.deepEqual(roots(['file:///a', 'file:///b']), ['write /a', 'write /b']);
  t.deepEqual(roots(['file:///w2']), ['write /w2']);
  t.deepEqual(roots([]), []);
});

test('a policy context alone says which roots there are, and has its own cwd if it says one', (t) => {
  const rules = (policyContext: { workspaceRoots?: string[]; cwd?: string }) => {
    const around = { policyContext: policyContext as never, workspaceRoots: ['file:///outer'], cwd: 'file:///outer' };
    const policy = resolved(['write :project_roots', 'deny glob *.env'], around);
    return [...rulesOf(policy), policy.kind === 'confined' && policy.globs[0]!.text];
  };
  t.deepEqual(rules({ workspaceRoots: ['file:///p'] }), ['write /p', '/outer/*.env']);
  t.deepEqual(rules({ cwd: 'file:///p' }), ['/p/*.env']);
  t.deepEqual(rules({}), ['/outer/*.env']);
});

test('without a cwd of the policy that of the command counts', (t) => {
  const policy = resolved(['deny glob *.env'], { cwd: null });
  t.is(policy.kind === 'confined' && policy.globs[0]!.text, '/command/*.env');
});

test('minimal is a flag, whether for reading or writing; denied it is nothing', (t) => {
  for (const [words, platform] of [
    ['read :minimal', true],
    ['write :minimal', true],
    ['deny :minimal', false],
  ] as const) {
    t.like(resolved([words]), { platform, rules: [] });
  }
});

test('places that this host does not have are passed over', (t) => {
  const facts = (more: object) => rulesOf(resolved(['write :slash_tmp', 'write :tmpdir'], {}, { ...PROCESS, ...more }));
  t.deepEqual(facts({ hasSlashTmp: false }), ['write /var/tmp']);
  t.deepEqual(facts({ tmpdir: undefined }), ['write /tmp']);
  t.deepEqual(facts({ tmpdir: '' }), ['write /tmp']);
  t.deepEqual(facts({ tmpdir: 'sub/./t/' }), ['write /tmp', 'write /w/sub/t']);
  t.deepEqual(rulesOf(resolved(['write :unknown'], {})), []);
});

test('the home and the temporary directories of the client change nothing, even foreign ones', (t) => {
  const around = { userHomeDir: foreign, temporaryDirectories: [foreign] };
  t.deepEqual(resolved(['read :root'], around), resolved(['read :root']));
});

test('a subpath is below the root, however its slashes are', (t) => {
  const at = (subpath: string) => rulesOf(resolved([`write :project_roots/${subpath}`]));
  t.deepEqual(
    [at(''), at('a/'), at('a//b'), at('a/b/')],
    [['write /w'], ['write /w/a'], ['write /w/a/b'], ['write /w/a/b']],
  );
});

test('a subpath that leads out allows nothing and denies the whole root', (t) => {
  for (const subpath of ['/etc', '../x', 'a/../b', './a', '.']) {
    const rules = ['write', 'read', 'deny'].flatMap((access) =>
      rulesOf(resolved([`${access} :project_roots/${subpath}`])),
    );
    t.deepEqual(rules, ['deny /w', 'deny /w'], subpath);
  }
});

test('the older spellings mean the same', (t) => {
  t.deepEqual(rulesOf(resolved(['none /a', 'write :current_working_directory/sub'])), ['deny /a', 'write /w/sub']);
});

test('paths are served in any spelling', (t) => {
  t.deepEqual(rulesOf(resolved(['read /a/', 'read /%74mp', 'read /a/./b/../c', 'read /a//b'])), [
    'read /a',
    'read /tmp',
    'read /a/c',
    'read /a/b',
  ]);
});

test('globs only deny, each root having its own', (t) => {
  const policy = resolved(
    ['deny glob codex-project-roots://**/*.env', 'read glob /x', 'deny glob /abs/*', 'deny glob s/*'],
    {
      workspaceRoots: ['file:///a', 'file:///b'],
      depth: 3,
    },
  );
  t.is(policy.kind === 'confined' && policy.globDepth, 3);
  t.deepEqual(policy.kind === 'confined' && policy.globs.map(({ text, directory }) => [text, directory]), [
    ['/a/**/*.env', '/a'],
    ['/b/**/*.env', '/b'],
    ['/abs/*', '/abs'],
    ['/w/s/*', '/w/s'],
  ]);
});

// ---- what is wrong with it -------------------------------------------------------------------------

const refused =
  (words: readonly string[], around: Around, facts = PROCESS) =>
  () =>
    resolved(words, around, facts);

for (const [what, words, around, start, files] of [
  [
    'cwd',
    ['read :root'],
    { cwd: foreign },
    `failed to prepare process sandbox: invalid sandbox policy cwd: ${wrong}`,
    wrong,
  ],
  [
    'cwd of the policy context',
    ['read :root'],
    { policyContext: { cwd: foreign } },
    `failed to prepare process sandbox: invalid sandbox policy cwd: ${wrong}`,
    wrong,
  ],
  [
    'workspace root',
    ['read :root'],
    { workspaceRoots: [foreign] },
    `failed to prepare process sandbox: invalid sandbox workspace root: ${wrong}`,
    `file system sandbox workspace root is not native to this exec-server host: ${wrong}`,
  ],
  [
    'entry',
    ['write :root', 'write /C:/x'],
    {},
    `failed to prepare process sandbox: invalid sandbox permission path: ${wrong}`,
    `invalid sandbox permission path URI: ${wrong}`,
  ],
] as [string, string[], Around, string, string][]) {
  test(`a foreign ${what} is refused, in the words for whoever asks`, (t) => {
    t.throws(refused(words, around), { code: INVALID_PARAMS as never, message: start });
    t.throws(refused(words, around, FILES), { code: INVALID_REQUEST as never, message: files });
  });
}

test('a foreign cwd of the command is refused last', (t) => {
  const facts = { ...PROCESS, asker: { kind: 'process', cwd: uri(foreign) } } as const;
  const prefix = 'failed to prepare process sandbox:';
  t.throws(refused(['read :root'], {}, facts), {
    code: INVALID_PARAMS as never,
    message: `${prefix} command cwd URI \`${foreign}\` is not valid on this host: ${wrong}`,
  });
  t.throws(refused(['read /D:/x'], {}, facts), { message: /invalid sandbox permission path/ });
  t.throws(refused(['read :root'], { cwd: null }, facts), {
    message: `${prefix} invalid sandbox policy cwd: ${wrong}`,
  });
});

test('for a process the cwd is checked first, then roots, then entries; for files entries first', (t) => {
  const all = { cwd: 'file:///C:/cwd', workspaceRoots: ['file:///C:/root'] };
  t.throws(refused(['read /C:/entry'], all), { message: /policy cwd: 'file:\/\/\/C:\/cwd'/ });
  t.throws(refused(['read /C:/entry'], { ...all, cwd: 'file:///w' }), { message: /workspace root/ });
  t.throws(refused(['read /C:/entry'], all, FILES), { message: /permission path URI/ });
  t.throws(refused(['read :root'], all, FILES), { message: `'file:///C:/cwd' is invalid on 'linux'` });
});

test('for a process foreign paths are refused even where nothing is confined', (t) => {
  const context = decoded({ permissions: { type: 'disabled' }, cwd: foreign, windowsSandboxLevel: 'disabled' });
  t.throws(() => resolvePolicy(context, PROCESS), { message: /policy cwd/ });
  t.deepEqual(resolvePolicy(context, FILES), { kind: 'free' });
});

test('for files foreign roots do not matter where all is free, or read and readable', (t) => {
  const around = { cwd: foreign, workspaceRoots: [foreign] };
  t.deepEqual(resolved(['write :root'], around, FILES), { kind: 'offline' });
  t.deepEqual(rulesOf(resolved(['read :root', 'write :project_roots'], around, READING)), ['read /']);
  t.throws(refused(['read :root', 'deny glob *.env'], around, READING), { message: wrong });
  t.throws(refused(['read :root', 'deny /a'], around, READING), { message: wrong });
});

for (const words of [
  'write :project_roots',
  'deny glob *.env',
  'read glob *.env',
  'deny glob codex-project-roots://*',
]) {
  test(`for files ${words} needs a cwd, whatever roots there are`, (t) => {
    const message = 'file system sandbox context with dynamic permissions requires cwd';
    t.throws(refused(['read :root', words], { cwd: null }, FILES), { code: INVALID_PARAMS as never, message });
    t.notThrows(refused(['read :root', words], { cwd: null, policyContext: { cwd: 'file:///p' } }, FILES));
    t.notThrows(refused(['read :root', words], { cwd: null }));
  });
}

test('for files a relative TMPDIR needs a cwd, others do not', (t) => {
  const tmpdir = (text: string | undefined) => refused(['write :tmpdir'], { cwd: null }, { ...FILES, tmpdir: text });
  t.throws(tmpdir('t'), { message: /requires cwd/ });
  t.notThrows(tmpdir('/t'));
  t.notThrows(tmpdir(''));
  t.notThrows(tmpdir(undefined));
});

test('a path that is not UTF-8 is refused, and the field named', (t) => {
  const latin = 'file:///caf%E9';
  const prefix = 'failed to prepare process sandbox: ';
  for (const [field, words, around] of [
    ['policy cwd', 'read :root', { cwd: latin }],
    ['workspace root', 'read :root', { workspaceRoots: [latin] }],
    ['permission path', 'read /caf%E9', {}],
  ] as [string, string, Around][]) {
    const message = `invalid sandbox ${field}: '${latin}' is not valid UTF-8`;
    t.throws(refused([words], around), { code: INVALID_PARAMS as never, message: prefix + message });
    t.throws(refused([words], around, FILES), { code: INVALID_REQUEST as never, message });
  }
});

test('text with a NUL is no path', (t) => {
  const subpath = { access: 'write', path: { type: 'special', value: { kind: 'project_roots', subpath: 'a\0b' } } };
  t.throws(() => resolvePolicy(managed([subpath]), PROCESS), {
    code: INVALID_PARAMS as never,
    message: 'failed to prepare process sandbox: invalid sandbox subpath: it cannot be a path',
  });
  t.throws(refused(['deny glob a\0*'], {}, FILES), {
    code: INVALID_REQUEST as never,
    message: 'invalid sandbox glob pattern: it cannot be a path',
  });
  t.throws(refused(['write :tmpdir'], {}, { ...PROCESS, tmpdir: '/a\0b' }), { message: /invalid sandbox TMPDIR/ });
});

test('a glob that cannot be expanded is refused after every path', (t) => {
  const message = 'unreadable glob `/w/x` cannot be safely expanded; use a pattern with a non-root directory prefix';
  t.throws(refused(['deny glob x'], {}), { code: INVALID_PARAMS as never, message });
  t.throws(refused(['deny glob x'], {}, FILES), { code: INVALID_PARAMS as never, message });
  t.throws(refused(['deny glob x', 'read /C:/x'], {}), { message: /permission path/ });
});
