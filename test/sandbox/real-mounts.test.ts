/** Plans in a real kernel: what a program in the sandbox can do with each file is what the policy says. */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { RpcError } from '#src/protocol/errors.js';
import { type AccessMap, accessOf } from '#src/sandbox/access.js';
import { between, isBelow } from '#src/sandbox/paths.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { realDisk } from '#workers/sandbox/disk.js';
import { plan } from './support/policies.js';
import { canSandbox, runSandboxed } from './support/real-sandbox.js';

const testHere = canSandbox ? test : test.skip;

/** Tells of each path what can be done with it: `deny`, `read`, or `write`. A directory is read by its listing. */
const WALK = `
  for path; do
    if [ -d "$path" ]; then ls "$path" >/dev/null 2>&1 && can=read || can=deny; else cat "$path" >/dev/null 2>&1 && can=read || can=deny; fi
    [ $can = read ] && [ -w "$path" ] && can=write
    echo $can
  done`;

function seen(made: ReturnType<typeof plan>, paths: readonly string[]): string[] {
  const { status, stdout, stderr } = runSandboxed(made, ['/bin/sh', '-c', WALK, 'sh', ...paths]);
  if (status !== 0) throw new Error(`the sandbox ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

/** A directory that is hidden itself can be listed all the same where it leads to something allowed: it has only such names. */
const isWay = (access: AccessMap, path: string) =>
  [...access.values()].some((rule) => rule.access !== 'deny' && isBelow(rule.path, path));

const name = fc.constantFrom('a', 'b', '.git');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const world = fc.tuple(
  fc.array(fc.tuple(path, fc.boolean()), { minLength: 2, maxLength: 8 }),
  fc.boolean(),
  fc.array(fc.tuple(fc.constantFrom('read', 'write', 'deny'), fc.nat()), { maxLength: 5 }),
);

testHere('random policies hold for random trees', (t) => {
  let runs = 0;
  fc.assert(
    fc.property(world, ([entries, readsAll, rules]) => {
      using folder = new TemporaryFolder();
      const base = realpathSync(folder.path);
      const paths = drawn(base, entries);
      const asked = [
        ...(readsAll ? ['read /'] : ['minimal']),
        ...rules.map(([word, at]) => `${word} ${paths[at % paths.length]}`),
      ];
      const made = planOrRefusal(asked);
      if (made === undefined) return;
      runs += 1;
      const verdicts = seen(made, paths);
      for (const [index, at] of paths.entries()) {
        const expected = accessOf(made.access, at);
        if (expected === 'deny' && isWay(made.access, at)) continue;
        t.is(verdicts[index], expected, `${at} under ${asked.join(', ')}`);
      }
    }),
    { numRuns: 40 },
  );
  t.true(runs > 10, `${runs} runs`);
});

/** Makes files and directories; what would be below a file is left out. */
function drawn(base: string, entries: readonly (readonly [path: string, isFile: boolean])[]): string[] {
  const kinds = new Map([[base, false]]);
  for (const [relative, isFile] of entries) {
    const at = `${base}/${relative}`;
    const above = between(base, at);
    if (kinds.has(at) || above.some((directory) => kinds.get(directory))) continue;
    for (const directory of above) kinds.set(directory, false);
    kinds.set(at, isFile);
    mkdirSync(dirname(at), { recursive: true });
    if (isFile) writeFileSync(at, 'text');
    else mkdirSync(at, { recursive: true });
  }
  return [...kinds.keys()];
}

function planOrRefusal(asked: readonly string[]) {
  try {
    return plan(realDisk, asked);
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

testHere('the ways to fixed places cannot be moved, and what is beside them can', (t) => {
  using folder = new TemporaryFolder();
  const base = realpathSync(folder.path);
  mkdirSync(`${base}/w/a/b/keep`, { recursive: true });
  mkdirSync(`${base}/w/x`);
  writeFileSync(`${base}/w/a/f`, 'f');
  const made = plan(realDisk, ['read /', `write ${base}/w`, `read ${base}/w/a/b/keep`]);
  const script = `cd ${base}/w
    mv a z; mv a/b z; mv a/b/keep z; mv ../w ../z; rmdir ../w
    mv a/f x/f && mv x/f a/b/g && ln a/b/g x/h && echo moved`;
  const { stdout, stderr } = runSandboxed(made, ['/bin/sh', '-c', script]);
  t.is(stdout, 'moved\n');
  t.is(stderr.match(/busy|Read-only/g)?.length, 5, stderr);
  t.is(readFileSync(`${base}/w/x/h`, 'utf8'), 'f');
});

testHere(
  'a pinned directory that is swapped for a link after it was opened does not make writable what the link leads to',
  (t) => {
    using folder = new TemporaryFolder();
    const base = realpathSync(folder.path);
    for (const at of ['w/a', 'o']) {
      mkdirSync(`${base}/${at}`, { recursive: true });
      writeFileSync(`${base}/${at}/.env`, 'secret');
    }
    const made = plan(realDisk, ['read /', `write ${base}/w`, `deny ${base}/w/a/.env`]);
    const swap = () => {
      renameSync(`${base}/w/a`, `${base}/w/b`);
      symlinkSync('../o', `${base}/w/a`);
    };
    const { status, stderr } = runSandboxed(made, ['/bin/sh', '-c', `echo >${base}/o/made`], { opened: swap });
    t.is(status, 1);
    t.regex(stderr, /Race condition/);
    t.false(existsSync(`${base}/o/made`));
  },
);

testHere('a protected name that is missing cannot be made, and a link outside the workspace leads on', (t) => {
  using folder = new TemporaryFolder();
  const base = realpathSync(folder.path);
  mkdirSync(`${base}/w`);
  symlinkSync('w', `${base}/link`);
  const made = plan(realDisk, ['minimal', `write ${base}/link`]);
  const script = `cd ${base}/link && echo a >f && cat ${base}/w/f; mkdir .codex/x; echo b >.git; ls -A ${base}`;
  const { stdout, stderr } = runSandboxed(made, ['/bin/sh', '-c', script]);
  t.is(stdout, 'a\nlink\nw\n');
  t.regex(stderr, /\.codex\/x.*Read-only file system/);
  t.regex(stderr, /\.git: Is a directory/);
});

testHere('the command has no descriptors of the launch, no capabilities, and the environment it was given', (t) => {
  using folder = new TemporaryFolder();
  const base = realpathSync(folder.path);
  mkdirSync(`${base}/w/d/deep`, { recursive: true });
  const made = plan(realDisk, ['read /', `write ${base}/w`, `deny ${base}/w/d/deep`]);
  const script =
    'env | sort; grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; echo in $(pwd); readlink /proc/self/fd/*';
  const { stdout } = runSandboxed(made, ['/bin/sh', '-c', script], {
    directory: `${base}/w`,
    environment: [
      ['PATH', '/usr/bin:/bin'],
      ['TEXT', 'with\nline'],
    ],
  });
  t.true(stdout.includes('TEXT=with\nline\n'));
  t.true(stdout.includes('CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n'));
  const [directory, ...descriptors] = stdout.slice(stdout.indexOf('in /')).trimEnd().split('\n');
  t.is(directory, `in ${base}/w`);
  // Whoever runs the tests may have left others open.
  t.deepEqual(
    descriptors.filter((leads) => leads.includes('farhand-test')),
    [],
  );
  t.is(descriptors[0], '/dev/null');
});

testHere('a directory that the policy hides makes the launch fail', (t) => {
  using folder = new TemporaryFolder();
  const base = realpathSync(folder.path);
  const { status, stderr, statusText } = runSandboxed(plan(realDisk, ['minimal']), ['/bin/true'], { directory: base });
  t.is(status, 1);
  t.regex(stderr, /Can't chdir/);
  t.false(statusText.includes('exit-code'));
});
