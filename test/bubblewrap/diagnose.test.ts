/** Against programs that play a bubblewrap. */
import test from 'ava';
import { type Check, diagnose } from '#src/bubblewrap/diagnose.js';
import { around, FakeBubblewrap } from './support/fake-bubblewrap.js';

const examined = (surroundings: Parameters<typeof diagnose>[0]) => diagnose(surroundings, new AbortController().signal);
const named = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name);

/** Refuses this option. */
const refusing = (option: string, words: string) =>
  `case " $* " in *" ${option} "*) echo "${words}" >&2; exit 1;; esac`;

test('every step of one that does all is well', async (t) => {
  using fake = new FakeBubblewrap();
  const checks = await examined(fake.surroundings);
  t.deepEqual(
    checks.map(({ name, verdict }) => [name, verdict]).filter(([name]) => name !== 'job control'),
    [
      ['bubblewrap', 'ok'],
      ['user namespaces', 'ok'],
      ['process namespaces', 'ok'],
      ['network namespaces', 'ok'],
      ['seccomp filter', 'ok'],
      ['own /proc', 'ok'],
      ['binding by descriptor', 'lesser'],
    ],
  );
  t.like(named(checks, 'bubblewrap'), { detail: `${fake.path}, bubblewrap 0.1.2` });
});

for (const [option, name] of [
  ['--unshare-user', 'user namespaces'],
  ['--unshare-pid', 'process namespaces'],
  ['--unshare-net', 'network namespaces'],
  ['--seccomp', 'seccomp filter'],
] as const) {
  test(`where ${option} is refused, the problem is that of the ${name}, and nothing after it is tried`, async (t) => {
    using fake = new FakeBubblewrap({ run: refusing(option, 'bwrap: not here') });
    const checks = await examined(fake.surroundings);
    t.deepEqual(checks.at(-1), { name, verdict: 'problem', problem: 'bwrap: not here', remedy: undefined });
    t.is(checks.filter(({ verdict }) => verdict === 'problem').length, 1);
  });
}

test('without a /proc of its own a sandbox is a lesser one', async (t) => {
  const words = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted";
  using fake = new FakeBubblewrap({ run: refusing('--proc', words) });
  const checks = await examined(fake.surroundings);
  t.is(named(checks, 'own /proc')?.verdict, 'lesser');
  t.false(checks.some(({ verdict }) => verdict === 'problem'));
});

test('one that is too old is the only problem', async (t) => {
  using fake = new FakeBubblewrap({ help: 'echo' });
  const checks = await examined(fake.surroundings);
  t.deepEqual(
    checks.map(({ name, verdict }) => [name, verdict]),
    [['bubblewrap', 'problem']],
  );
});

test('where there is none the namespaces are tried all the same', async (t) => {
  const [first, ...others] = await examined(around({ FARHAND_BWRAP: '/no/such/bwrap' }));
  t.like(first, { name: 'bubblewrap', verdict: 'problem' });
  t.true(others.every(({ name }) => name === 'user namespaces'));
});

test('another system is the only problem there', async (t) => {
  const checks = await examined({ ...around({}), platform: 'darwin' });
  t.deepEqual(
    checks.map(({ name, verdict }) => [name, verdict]),
    [['system', 'problem']],
  );
});
