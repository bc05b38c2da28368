import test from 'ava';
import { INVALID_PARAMS } from '#src/protocol/errors.js';
import { accessOf } from '#src/sandbox/access.js';
import type { GroundFacts } from '#src/sandbox/ground-policy.js';
import { groundPolicy } from '#src/sandbox/ground-policy.js';
import { type Drawing, FakeDisk } from './support/fake-disk.js';
import { NO_FACTS, policy } from './support/policies.js';

const WORKSPACE: Drawing = {
  '/w/.git/hooks/x': 'text',
  '/w/.git/HEAD': 'text',
  '/w/f': 'text',
  '/w/sub/deep/g': 'text',
  '/o/secret': 'text',
  '/dev/null': 'other',
  '/proc/sys': 'dir',
};

const ground = (words: readonly string[], drawing: Drawing = {}, facts: Partial<GroundFacts> = {}) =>
  groundPolicy(policy(...words), new FakeDisk({ ...WORKSPACE, ...drawing }), { ...NO_FACTS, ...facts });

/** Rules as told: `read /w/.git`; what stands in a missing place is in brackets. What every sandbox has is left out. */
const rules = (...args: Parameters<typeof ground>) =>
  [...ground(...args).rules.values()]
    .filter(({ object }) => object !== 'provided')
    .map(({ path, access, object }) => `${access} ${path}${object.startsWith('placeholder') ? ` (${object})` : ''}`);

const missing = (...names: string[]) => names.map((name) => `read /w/${name} (placeholder directory)`);

test('a writable directory has protected names, those that are missing too', (t) => {
  t.deepEqual(rules(['read /', 'write /w']), [
    'read /',
    'write /w',
    'read /w/.git',
    ...missing('.agents', '.codex', '.aws'),
  ]);
});

test('each of two roots has its own, a repository further below has none', (t) => {
  const all = rules(['read /', 'write /w', 'write /o'], { '/w/sub/.git/HEAD': 'text' });
  t.is(all.filter((words) => words.includes('/w/.')).length, 4);
  t.is(all.filter((words) => words.includes('/o/.')).length, 4);
  t.false(all.some((words) => words.includes('/w/sub')));
});

test('a writable root of the disk has them too, beside those of other writable places', (t) => {
  const all = rules(['write /', 'deny /o', 'write /w']);
  t.true(all.includes('read /.git (placeholder directory)'));
  t.true(all.includes('read /w/.git'));
});

test('an entry that names one makes it writable, an entry inside only that part', (t) => {
  t.true(rules(['read /', 'write /w', 'write /w/.git']).includes('write /w/.git'));
  const hooks = rules(['read /', 'write /w', 'write /w/.git/hooks']);
  t.true(hooks.includes('read /w/.git'));
  t.true(hooks.includes('write /w/.git/hooks'));
});

test('a missing one that may be written can be created', (t) => {
  const { rules: access } = ground(['read /', 'write /w', 'write /w/.codex']);
  t.is(accessOf(access, '/w/.codex/config'), 'write');
  t.is(accessOf(access, '/w/.aws'), 'read');
});

test('a missing one that is denied is an empty directory', (t) => {
  t.true(rules(['read /', 'write /w', 'deny /w/.codex']).includes('read /w/.codex (placeholder directory)'));
  t.true(rules(['read /', 'write /w', 'deny /w/.codex', 'write /w/.codex']).some((words) => words.includes('.codex')));
});

test('a missing path in a writable place is held at its first missing component', (t) => {
  for (const access of ['read', 'deny']) {
    const held = rules(['read /', 'write /w', `${access} /w/x/y`, `${access} /w/x/z`]);
    t.deepEqual(
      held.filter((words) => words.includes('/w/x')),
      ['read /w/x (placeholder file)'],
    );
  }
});

test('a missing path elsewhere has no effect, and neither has a missing path to write', (t) => {
  t.deepEqual(rules(['read /', 'deny /o/x', 'read /nowhere', 'write /o/new']), ['read /']);
  const { rules: access } = ground(['read /', 'write /w', 'read /w/sub', 'write /w/sub/new']);
  t.is(accessOf(access, '/w/sub/new'), 'read');
});

test('what may be written and read need not be held', (t) => {
  const words = ['read /', 'write /w', 'read /w/new', 'write /w/new'];
  t.false(rules(words).some((rule) => rule.includes('/w/new')));
});

test('a file in the way of a rule cannot make room', (t) => {
  const { rules: access } = ground(['read /', 'write /w', 'deny /w/f/x']);
  t.is(accessOf(access, '/w/f'), 'read');
});

test('a single file can be writable, and has no protected names', (t) => {
  t.deepEqual(rules(['read /', 'write /w/f']), ['read /', 'write /w/f']);
});

test('the repository of a linked work tree is read-only if it could be written', (t) => {
  const linked = { '/t/.git': 'gitdir: ../w/.git/worktrees/t\n', '/w/.git/worktrees/t/HEAD': 'text' };
  const both = ground(['read /', 'write /t', 'write /w', 'write /w/.git'], linked).rules;
  t.is(accessOf(both, '/w/.git/worktrees/t/HEAD'), 'read');
  t.is(accessOf(both, '/w/.git/HEAD'), 'write');
  t.is(accessOf(both, '/t/.git'), 'read');
});

test('the pointer of a work tree allows nothing', (t) => {
  const { rules: access } = ground(['write /t'], { '/t/.git': 'gitdir: /o' });
  t.is(accessOf(access, '/o/secret'), 'deny');
});

test('a repository that is pointed to and missing cannot be made', (t) => {
  const all = rules(['read /', 'write /t'], { '/t/.git': 'gitdir: made/later\r\n' });
  t.true(all.includes('read /t/made (placeholder file)'));
});

test('what is no pointer points nowhere', (t) => {
  for (const text of ['', 'gitdir:', 'gitdir: \n', 'other: sub', 'gitdir: a\nb', 'gitdir: a\0b']) {
    t.is(rules(['read /', 'write /t'], { '/t/.git': text, '/t/a': 'dir' }).length, 6, text);
  }
});

// ---- links -----------------------------------------------------------------------------------------

const refused =
  (...args: Parameters<typeof ground>) =>
  () =>
    ground(...args);
const linked = { '/w/link': '-> /o', '/safe': '-> w' };

for (const [access, word] of [
  ['read', 'read-only'],
  ['deny', 'deny-read'],
] as const) {
  test(`a path to ${access} must not cross a link that can be changed`, (t) => {
    const message = `cannot enforce sandbox ${word} path /w/link/secret because it crosses writable symlink /w/link`;
    const code = INVALID_PARAMS as never;
    t.throws(refused(['read /', 'write /w', `${access} /w/link/secret`], linked), { code, message });
    t.throws(refused(['read /', 'write /w', `${access} /w/link`], linked), { message: /crosses writable symlink/ });
    t.throws(refused(['read /', 'write /', `${access} /safe/f`], linked), { message: /symlink \/safe$/ });
  });
}

test('a link in a read-only part of a writable place counts as one that can be changed', (t) => {
  const words = ['read /', 'write /w', 'read /w/sub', 'deny /w/sub/link/x'];
  t.throws(refused(words, { '/w/sub/link': '-> /o' }), { message: /deny-read path .* symlink \/w\/sub\/link$/ });
});

for (const name of ['.git', '.codex']) {
  test(`${name} must not be a link`, (t) => {
    const message = `cannot enforce sandbox read-only path /t/${name} because it crosses writable symlink /t/${name}`;
    t.throws(refused(['read /', 'write /t'], { [`/t/${name}`]: '-> ../o' }), { message });
  });
}

test('the directory of a glob must not be reached through a link that can be changed', (t) => {
  const message = 'cannot enforce sandbox deny-read path /w/link/* because it crosses writable symlink /w/link';
  t.throws(refused(['read /', 'write /w', 'glob /w/link *'], linked), { message });
});

test('links that nobody in the sandbox can change are followed', (t) => {
  const { rules: access, links } = ground(['read /', 'write /safe', 'deny /also/secret'], {
    ...linked,
    '/also': '-> o',
  });
  t.is(accessOf(access, '/w/f'), 'write');
  t.is(accessOf(access, '/w/.git/HEAD'), 'read');
  t.is(accessOf(access, '/o/secret'), 'deny');
  t.deepEqual(links, [{ at: '/safe', target: 'w' }]);
});

test('a place to write must not be reached through a link that any sandbox could have planted', (t) => {
  const message = 'cannot use sandbox writable path /w/link because it crosses writable symlink /w/link';
  const code = INVALID_PARAMS as never;
  t.throws(refused(['read /', 'write /w/link'], linked, { remembered: new Set(['/w']) }), { code, message });
  t.throws(refused(['read /', 'write /w', 'write /w/link'], linked), { code, message });
  t.notThrows(refused(['read /', 'write /w/link'], linked, { remembered: new Set(['/w/link', '/ww', '/o']) }));
});

test('and neither must a place to read, which else could be anything', (t) => {
  const message = 'cannot enforce sandbox read-only path /w/link because it crosses writable symlink /w/link';
  t.throws(refused(['read /w/link'], linked, { remembered: new Set(['/w']) }), { message });
});

test('what cannot be examined is refused where programs could open the way, and passed over elsewhere', (t) => {
  const closed = { '/w/closed': 'closed', '/o/closed': 'closed' };
  const message = 'cannot enforce sandbox deny-read path /w/closed/x because /w/closed cannot be examined';
  t.throws(refused(['read /', 'write /w', 'deny /w/closed/x'], closed), { code: INVALID_PARAMS as never, message });
  t.deepEqual(rules(['read /', 'deny /o/closed/x', 'write /o/closed/y'], closed), ['read /']);
});

test('what only we cannot examine is refused wherever it is to be denied', (t) => {
  const odd = { '/o/odd': 'unknown', '/w/x.env': '-> /o/odd' };
  const because = 'because /o/odd cannot be examined';
  for (const denied of ['/o/odd', '/o/odd/x', '/w/x.env']) {
    const message = `cannot enforce sandbox deny-read path ${denied} ${because}`;
    t.throws(refused(['read /', `deny ${denied}`], odd), { code: INVALID_PARAMS as never, message });
  }
  const message = (glob: string) => `cannot enforce sandbox deny-read path ${glob} ${because}`;
  t.throws(refused(['read /', 'glob /w *.env'], odd), { message: message('/w/x.env') });
  t.throws(refused(['read /', 'glob /o/odd *'], odd), { message: message('/o/odd') });
  t.notThrows(refused(['read /', 'read /o/odd/x', 'write /o/odd/y'], odd));
});

// ---- what is hidden, given and provided ------------------------------------------------------------

test('the platform is readable where the root is not, through its links', (t) => {
  const system = { '/bin': '-> usr/bin', '/usr/bin/sh': 'text', '/etc/passwd': 'text' };
  const { rules: access, links } = ground(['minimal', 'write /w'], system);
  t.is(accessOf(access, '/usr/bin/sh'), 'read');
  t.is(accessOf(access, '/etc/passwd'), 'read');
  t.is(accessOf(access, '/o'), 'deny');
  t.deepEqual(links, [{ at: '/bin', target: 'usr/bin' }]);
});

test('a denial inside the platform holds by either name', (t) => {
  const system = { '/bin': '-> usr/bin', '/usr/bin/sh': 'text' };
  t.is(accessOf(ground(['minimal', 'deny /bin/sh'], system).rules, '/usr/bin/sh'), 'deny');
});

test('a rule about a part of the platform is one about all of the platform in it', (t) => {
  const system = { '/lib': '-> usr/lib', '/usr/lib/libc.so': 'text' };
  t.is(accessOf(ground(['minimal', 'deny /usr'], system).rules, '/usr/lib/libc.so'), 'deny');
  t.is(accessOf(ground(['minimal', 'write /usr'], system).rules, '/usr/lib/libc.so'), 'write');
});

test('what the program needs is readable where no rule speaks of it', (t) => {
  const facts = { needs: ['/o/node'] };
  const there = { '/o/node': 'text' };
  const needed = (...words: string[]) => accessOf(ground(words, there, facts).rules, '/o/node');
  t.is(needed('write /w'), 'read');
  t.is(needed('write /o'), 'write');
  t.is(needed('deny /o', 'read /w'), 'deny');
  t.is(needed('read /', 'deny /o'), 'deny');
});

test('a secret is denied with all below it, whatever the policy says', (t) => {
  const facts = { secrets: ['/run/own'] };
  const there = { '/run/own/token': 'text', '/run/own/w/f': 'text' };
  const words = ['read /', 'write /run', 'read /run/own/token', 'write /run/own/w'];
  const { rules: access } = ground(words, there, facts);
  for (const path of ['/run/own', '/run/own/token', '/run/own/w/f']) t.is(accessOf(access, path), 'deny');
  t.is(accessOf(access, '/run'), 'write');
  t.notThrows(refused(words, {}, { secrets: ['/not/there'] }));
});

test('what a glob finds is denied even where it can be written', (t) => {
  const { rules: access, globDenied } = ground(['read /', 'write /w', 'write /w/f', 'glob /w **/[fg]']);
  t.is(accessOf(access, '/w/f'), 'deny');
  t.is(accessOf(access, '/w/sub/deep/g'), 'deny');
  t.deepEqual(globDenied, ['/w/f', '/w/sub/deep/g']);
});

test('devices and processes of the host are never given, only denied', (t) => {
  const there = { '/dev/vda': 'other', '/dev/shm/x/f': 'text', '/proc/7/environ': 'text', '/proc/kcore': 'text' };
  const words = [
    'write /dev',
    'write /dev/vda',
    'read /proc/kcore',
    'deny /dev/null',
    'deny /proc/sys',
    'deny /proc/7',
  ];
  t.deepEqual(rules(words, there), ['deny /', 'deny /dev/null', 'deny /proc/sys']);
  t.true(rules(words, there, { ownProcesses: false }).includes('deny /proc/7'));
  t.true(rules(['write /dev/shm/x'], there).includes('write /dev/shm/x'));
  t.true(rules(['read /dev/shm'], there).includes('read /dev/shm'));
});

test('rules that repeat what holds anyway are left out', (t) => {
  t.deepEqual(rules(['read /', 'read /o', 'read /w/sub', 'deny /o/secret', 'deny /o/secret']), [
    'read /',
    'deny /o/secret',
  ]);
  t.deepEqual(rules(['deny /o', 'deny /w']), ['deny /']);
});
