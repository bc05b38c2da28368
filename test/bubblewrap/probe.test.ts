/** Against programs that play a bubblewrap, and against the one of this machine. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { probe } from '#src/bubblewrap/probe.js';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { around, FakeBubblewrap, HELP } from './support/fake-bubblewrap.js';

const patient = () => new AbortController().signal;

test('one that does all that it is told is available', async (t) => {
  using fake = new FakeBubblewrap();
  const finding = await probe(fake.surroundings, patient());
  t.like(finding, {
    is: 'available',
    bubblewrap: { path: fake.path, bindsDescriptors: false, takesArg0: false, ownProcesses: true },
  });
});

test('it is run with the filter of real launches, no environment, and nothing of the request', async (t) => {
  using fake = new FakeBubblewrap({ run: '{ echo "$@"; env; pwd; od -An -v -tx1 <&3 | tr -d " \\n"; } > "$NOTES"' });
  await probe(fake.surroundings, patient());
  const [words, ...rest] = fake.note().split('\n');
  t.is(
    words,
    '--die-with-parent --ro-bind / / --dev /dev --unshare-user --unshare-pid --unshare-ipc --unshare-net ' +
      '--cap-drop ALL --seccomp 3 --proc /proc -- /usr/bin/true',
  );
  t.is(rest.at(-1), Buffer.from(seccompFilter(process.arch as 'x64' | 'arm64', 'restricted')).toString('hex'));
  // What the shell adds by itself.
  t.deepEqual(
    rest.slice(0, -1).filter((line) => !/^(PWD=\/|SHLVL=\d|_=.*)$/.test(line)),
    ['/'],
  );
});

test('one that lacks options is too old, and says what it lacks, its version and the remedy', async (t) => {
  using fake = new FakeBubblewrap({ help: "echo '    --args FD    Parse'" });
  const finding = await probe(fake.surroundings, patient());
  t.is(finding.is, 'unavailable');
  t.like(finding, {
    problem:
      `${fake.path} is too old (bubblewrap 0.1.2): it does not know ` +
      '--cap-drop, --clearenv, --json-status-fd, --perms, --seccomp, --size',
  });
  t.regex('remedy' in finding ? finding.remedy! : '', /apt-get install bubblewrap/);
});

test('one whose /proc cannot be mounted is available without it', async (t) => {
  const run = `case "$*" in *--proc*) echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" >&2; exit 1;; esac`;
  using fake = new FakeBubblewrap({ run });
  t.like(await probe(fake.surroundings, patient()), { is: 'available', bubblewrap: { ownProcesses: false } });
});

test('one that fails without /proc, too, says what that failure was', async (t) => {
  const run = `case "$*" in *--proc*) echo "bwrap: Can't mount proc on /newroot/proc: no" >&2;; *) echo other >&2;; esac; exit 1`;
  using fake = new FakeBubblewrap({ run });
  t.deepEqual(await probe(fake.surroundings, patient()), { is: 'unavailable', problem: 'other', remedy: undefined });
});

test('the first line of what it complains of is the reason', async (t) => {
  using fake = new FakeBubblewrap({ run: 'echo "bwrap: loopback: Failed RTM_NEWADDR: no" >&2; echo more >&2; exit 1' });
  const finding = await probe(fake.surroundings, patient());
  t.like(finding, { is: 'unavailable', problem: 'bwrap: loopback: Failed RTM_NEWADDR: no' });
  t.truthy('remedy' in finding && finding.remedy);
});

test('a failure without a word has its exit code', async (t) => {
  using fake = new FakeBubblewrap({ run: 'exit 9' });
  t.like(await probe(fake.surroundings, patient()), { problem: 'bubblewrap ended with code 9 and said nothing' });
});

test('one that is killed is unavailable', async (t) => {
  using fake = new FakeBubblewrap({ run: 'kill -9 $$' });
  t.like(await probe(fake.surroundings, patient()), {
    problem: `bubblewrap does not work: ${fake.path} was killed by SIGKILL`,
  });
});

for (const part of ['help', 'version', 'run'] as const) {
  test(`one whose ${part} hangs is given up and killed`, async (t) => {
    const help = part === 'version' ? { help: 'true' } : {};
    using fake = new FakeBubblewrap({ ...help, [part]: 'echo $$ > "$NOTES"; exec sleep 1000' });
    const impatience = new AbortController();
    const finding = probe(fake.surroundings, impatience.signal);
    let pid = '';
    while (!/^\d+\n$/.test(pid)) {
      await new Promise(setImmediate);
      try {
        pid = fake.note();
      } catch {}
    }
    impatience.abort();
    t.is((await finding).is, 'unavailable');
    while (isAlive(Number(pid))) await new Promise(setImmediate);
    t.pass();
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('what is no bubblewrap at all is unavailable', async (t) => {
  for (const [script, complaint] of [
    ['echo no such option >&2; exit 3', 'no such option'],
    ['exit 3', 'exit code 3'],
  ] as const) {
    using fake = new FakeBubblewrap({ help: script });
    t.like(await probe(fake.surroundings, patient()), { problem: `\`${fake.path} --help\` failed: ${complaint}` });
  }
});

test('what cannot be started is unavailable', async (t) => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('bwrap'), '#!/no/such/interpreter\n', { mode: 0o755 });
  const finding = await probe(around({ FARHAND_BWRAP: folder.file('bwrap') }), patient());
  t.regex('problem' in finding ? finding.problem : '', /^bubblewrap does not run: .*No such file or directory/);
});

test('a complaint without end is cut', async (t) => {
  using fake = new FakeBubblewrap({ run: 'head -c 1000000 /dev/zero | tr "\\0" x >&2; exit 1' });
  t.like(await probe(fake.surroundings, patient()), { problem: 'x'.repeat(500) });
});

test('other systems and processors have no sandbox, and nothing is run there', async (t) => {
  using fake = new FakeBubblewrap({ help: `echo '${HELP}'; echo ran > "$NOTES"` });
  for (const [other, problem] of [
    [{ platform: 'darwin' }, /not supported on this system/],
    [{ platform: 'win32' }, /not supported on this system/],
    [{ architecture: 'riscv64' }, /x86_64 or aarch64 processor, and this one is riscv64/],
  ] as const) {
    const finding = await probe({ ...fake.surroundings, ...other }, patient());
    t.regex('problem' in finding ? finding.problem : '', problem);
  }
  t.throws(() => fake.note(), { code: 'ENOENT' });
});

(canSandbox ? test : test.skip)('the bubblewrap of this machine is available', async (t) => {
  const finding = await probe(around(process.env), patient());
  t.like(finding, { is: 'available', bubblewrap: { ownProcesses: true } });
  if (finding.is !== 'available') return;
  t.true(finding.bubblewrap.path.startsWith('/'));
  // Debian's has it since bookworm, and upstream since 0.10.
  t.true(finding.bubblewrap.bindsDescriptors);
  const { signalEnv } = finding.bubblewrap;
  const { stdout } = spawnSync('env', ['--version'], { encoding: 'utf8' });
  t.is(signalEnv !== undefined, /coreutils/.test(stdout));
});
