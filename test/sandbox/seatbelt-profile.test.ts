/** What the profile says is judged here by its documented rules; it is not run on a Mac. */
import test from 'ava';
import { BASE, NETWORK, PLATFORM_READS } from '#src/sandbox/seatbelt-base.js';
import { type SeatbeltPolicy, seatbeltProfile } from '#src/sandbox/seatbelt-profile.js';
import { seatbeltJudge } from '#test/sandbox/support/seatbelt-machine.js';

const PROTECTED = ['.git', '.agents', '.codex', '.aws'];

/** Reads everything and writes nothing. */
const READ_ONLY: SeatbeltPolicy = {
  readable: { reach: 'everything' },
  writable: [],
  denied: [],
  globs: [],
  network: 'restricted',
};

/** The profile without what every profile begins with. */
function rulesOf(policy: SeatbeltPolicy): string {
  const { profile } = seatbeltProfile(policy);
  if (!profile.startsWith(BASE)) throw new Error('the profile does not begin with the base');
  return profile.slice(BASE.length);
}

/** The marks of what is allowed on a path: `r` to read, `w` to write, `u` to move or remove it. */
function judged(policy: SeatbeltPolicy) {
  const { profile, parameters } = seatbeltProfile(policy);
  const allows = seatbeltJudge(profile, parameters);
  const marks = { r: 'file-read-data', w: 'file-write-data', u: 'file-write-unlink' };
  return (path: string) =>
    Object.entries(marks)
      .filter(([, operation]) => allows(operation, path))
      .map(([mark]) => mark)
      .join('');
}

test('nothing is allowed first, then what every program needs', (t) => {
  t.true(BASE.startsWith('(version 1)\n(deny default)\n(allow process-exec)\n(allow process-fork)\n'));
  const rights = judged({ ...READ_ONLY, readable: { reach: 'roots', roots: [], minimal: false } });
  t.is(rights('/dev/null'), 'w');
  t.is(rights('/dev/ptmx'), 'rwu');
  for (const path of ['/', '/etc/hosts', '/dev/disk0', '/dev/ttys000']) t.is(rights(path), '', path);
});

test('a policy of reading only', (t) => {
  t.is(rulesOf(READ_ONLY), '(allow file-read*)\n');
  t.deepEqual(seatbeltProfile(READ_ONLY).parameters, []);
});

const WORKSPACE: SeatbeltPolicy = {
  ...READ_ONLY,
  writable: [
    { path: '/Users/me/w', excluded: ['/Users/me/w/sub/keep'], protectedNames: PROTECTED },
    { path: '/private/tmp', excluded: [], protectedNames: ['.git'] },
  ],
};

test('a workspace that can be written, with what stays as it is', (t) => {
  const { parameters } = seatbeltProfile(WORKSPACE);
  t.is(
    rulesOf(WORKSPACE),
    String.raw`(allow file-read*)
(allow file-write*
  (require-all
    (subpath (param "WRITABLE_ROOT_0"))
    (require-not (literal (param "WRITABLE_ROOT_0_EXCLUDED_0")))
    (require-not (subpath (param "WRITABLE_ROOT_0_EXCLUDED_0")))
    (require-not (regex #"^/Users/me/w/\.[gG][iI][tT](/.*)?$"))
    (require-not (regex #"^/Users/me/w/\.[aA][gG][eE][nN][tT][sS](/.*)?$"))
    (require-not (regex #"^/Users/me/w/\.[cC][oO][dD][eE][xX](/.*)?$"))
    (require-not (regex #"^/Users/me/w/\.[aA][wW][sS](/.*)?$")))
  (require-all
    (subpath (param "WRITABLE_ROOT_1"))
    (require-not (regex #"^/private/tmp/\.[gG][iI][tT](/.*)?$"))))
(deny file-write-unlink
  (literal (param "PINNED_0"))
  (literal (param "PINNED_1"))
  (literal (param "PINNED_2")))
`,
  );
  t.deepEqual(parameters, [
    ['WRITABLE_ROOT_0', '/Users/me/w'],
    ['WRITABLE_ROOT_0_EXCLUDED_0', '/Users/me/w/sub/keep'],
    ['WRITABLE_ROOT_1', '/private/tmp'],
    ['PINNED_0', '/Users/me/w'],
    ['PINNED_1', '/Users/me/w/sub'],
    ['PINNED_2', '/private/tmp'],
  ]);
});

test('the rights in such a workspace', (t) => {
  const rights = judged(WORKSPACE);
  for (const path of ['/Users/me/w/f', '/Users/me/w/sub/f', '/Users/me/w/sub/.git/x', '/private/tmp/x']) {
    t.is(rights(path), 'rwu', path);
  }
  for (const path of ['/Users/me/w', '/Users/me/w/sub', '/private/tmp']) t.is(rights(path), 'rw', path);
  const kept = ['/Users/me/w/.git', '/Users/me/w/.git/hooks/x', '/Users/me/w/.GIT', '/Users/me/w/.codex/x'];
  for (const path of [
    ...kept,
    '/Users/me/w/sub/keep',
    '/Users/me/w/sub/keep/f',
    '/Users/me/x',
    '/private/tmpx',
    '/etc/x',
  ]) {
    t.is(rights(path), 'r', path);
  }
});

test('a root within another one keeps what it protects, and gives what the outer one carves out', (t) => {
  const rights = judged({
    ...READ_ONLY,
    writable: [
      { path: '/w', excluded: ['/w/ro'], protectedNames: ['.git'] },
      { path: '/w/pkg', excluded: ['/w/pkg/ro'], protectedNames: ['.git'] },
      { path: '/w/ro/deep', excluded: [], protectedNames: [] },
      { path: '/w/.git/hooks', excluded: [], protectedNames: [] },
    ],
  });
  for (const path of ['/w/.git/config', '/w/pkg/.git/config', '/w/ro/x', '/w/pkg/ro/x']) t.is(rights(path), 'r', path);
  for (const path of ['/w/pkg/x', '/w/ro/deep/x', '/w/.git/hooks/x']) t.is(rights(path), 'rwu', path);
});

test('reading of some roots only: the way to them can be looked up, and what is writable can be read', (t) => {
  const policy: SeatbeltPolicy = {
    ...READ_ONLY,
    readable: { reach: 'roots', roots: ['/opt/lib'], minimal: true },
    writable: [{ path: '/Users/me/w', excluded: [], protectedNames: [] }],
  };
  t.is(
    rulesOf(policy),
    `${PLATFORM_READS}(allow file-read*
  (subpath (param "READABLE_ROOT_0"))
  (subpath (param "READABLE_ROOT_1")))
(allow file-read-metadata
  (literal (param "READABLE_ANCESTOR_0"))
  (literal (param "READABLE_ANCESTOR_1"))
  (literal (param "READABLE_ANCESTOR_2")))
(allow file-write*
  (subpath (param "WRITABLE_ROOT_0")))
(deny file-write-unlink
  (literal (param "PINNED_0")))
`,
  );
  const { profile, parameters } = seatbeltProfile(policy);
  const allows = seatbeltJudge(profile, parameters);
  for (const path of ['/opt', '/Users', '/Users/me']) {
    t.true(allows('file-read-metadata', path), path);
    t.false(allows('file-read-data', path), path);
  }
  for (const path of ['/opt/lib/x', '/Users/me/w/x', '/usr/bin/true', '/System/Library/x', '/dev/urandom']) {
    t.true(allows('file-read-data', path), path);
  }
  for (const path of ['/Users/me/.ssh/id', '/opt/x', '/Library/x', '/private/var/x']) {
    t.false(allows('file-read-data', path), path);
  }
});

test('without the system, nothing of it can be read', (t) => {
  const rights = judged({ ...READ_ONLY, readable: { reach: 'roots', roots: ['/w'], minimal: false } });
  t.is(rights('/w/x'), 'r');
  for (const path of ['/usr/bin/true', '/System/Library/x', '/']) t.is(rights(path), '', path);
});

test('what is denied is denied to writers too, but for what is allowed within it', (t) => {
  const policy: SeatbeltPolicy = {
    ...READ_ONLY,
    writable: [
      { path: '/w', excluded: [], protectedNames: [] },
      { path: '/w/a/no/deep', excluded: [], protectedNames: [] },
    ],
    denied: [
      { path: '/w/a/no', except: ['/w/a/no/deep'] },
      { path: '/etc/secret', except: [] },
    ],
  };
  t.true(
    rulesOf(policy).includes(`(deny file-read* file-write*
  (require-all
    (subpath (param "DENIED_0"))
    (require-not (subpath (param "DENIED_0_EXCEPT_0"))))
  (subpath (param "DENIED_1")))
`),
  );
  const rights = judged(policy);
  for (const path of ['/w/a/no', '/w/a/no/x', '/w/a/no/deeper', '/etc/secret']) t.is(rights(path), '', path);
  t.is(rights('/w/a/no/deep/x'), 'rwu');
  t.is(rights('/w/a'), 'rw', 'it cannot be moved with what is denied in it');
  t.is(rights('/w/b'), 'rwu');
});

test('what globs match can be neither read nor moved away, nor the directories on the way', (t) => {
  const policy: SeatbeltPolicy = {
    ...READ_ONLY,
    writable: [{ path: '/w', excluded: [], protectedNames: [] }],
    globs: ['/w/**/*.env', '/w/conf/k*/x'],
  };
  t.true(
    rulesOf(policy).includes(String.raw`(deny file-read*
  (regex #"^/w/(.*/)?[^/]*\.env$")
  (regex #"^/w/conf/k[^/]*/x$"))
(deny file-write-unlink
  (regex #"^/w/(.*/)?[^/]*\.env$")
  (regex #"^/w/conf/k[^/]*/x$"))
`),
  );
  const rights = judged(policy);
  for (const path of ['/w/.env', '/w/a/b.env', '/w/conf/keys/x']) t.is(rights(path), 'w', path);
  for (const path of ['/w/conf', '/w/conf/keys']) t.is(rights(path), 'rw', path);
  for (const path of ['/w/a', '/w/env', '/w/conf/keys/y']) t.is(rights(path), 'rwu', path);
});

test('the network is allowed as a whole, or not spoken of', (t) => {
  t.is(rulesOf({ ...READ_ONLY, network: 'enabled' }), `(allow file-read*)\n${NETWORK}`);
  t.true(NETWORK.startsWith('(allow network-outbound)\n(allow network-inbound)\n'));
  t.false(seatbeltProfile(READ_ONLY).profile.includes('network'));
});

test('the whole disk can be a root', (t) => {
  const rights = judged({ ...READ_ONLY, writable: [{ path: '/', excluded: ['/a/b'], protectedNames: ['.git'] }] });
  t.is(rights('/etc/x'), 'rwu');
  t.is(rights('/a'), 'rw');
  for (const path of ['/.git/x', '/a/b/c']) t.is(rights(path), 'r', path);
});

test('a path with signs of the profile language stays a path', (t) => {
  const path = '/w/") (allow default) (\\';
  const policy: SeatbeltPolicy = {
    ...READ_ONLY,
    writable: [{ path, excluded: [`${path}/in"`], protectedNames: ['.git'] }],
    denied: [{ path: `${path}/no`, except: [] }],
    globs: [`${path}/*.env`],
  };
  const rights = judged(policy);
  t.is(rights(`${path}/x`), 'rwu');
  t.is(rights(`${path}/.git/x`), 'r');
  t.is(rights(`${path}/in"/x`), 'r');
  t.is(rights(`${path}/no/x`), '');
  t.is(rights(`${path}/a.env`), 'w');
  t.is(rights('/v'), 'r');
});

test('the same policy gives the same profile, and names no parameter twice', (t) => {
  const { profile, parameters } = seatbeltProfile(WORKSPACE);
  t.deepEqual(seatbeltProfile(WORKSPACE), { profile, parameters });
  t.is(new Set(parameters.map(([name]) => name)).size, parameters.length);
  for (const [name] of parameters) t.true(profile.includes(`(param "${name}")`), name);
});
