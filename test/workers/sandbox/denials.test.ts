/** Which exits are told as denied by the sandbox. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { LaunchPlan } from '#src/pool/calls.js';
import { RingReader } from '#src/rings/ring-reader.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { Scene } from './support/confined.js';

process.removeAllListeners('warning');

const sandboxed = canSandbox ? test : test.skip;
const FREE: Partial<LaunchPlan> = { confinement: { is: 'free' } };

sandboxed('in a sandbox by the code and by what was printed', async (t) => {
  const scene = new Scene(t);
  const denied = async (script: string) => (await scene.run(script)).sandboxDenied;
  t.true(await denied('echo Permission DENIED; exit 1'));
  t.true(await denied('echo mysandboxed >&2; exit 127'));
  t.false(await denied('echo permission denied'));
  t.false(await denied('echo just wrong; exit 1'));
  t.true(await denied('kill -SYS $$'));
  t.true(await denied('printf permission\\ ; printf denied >&2; exit 1'));
});

test('a free command counts as confined, one without confinement does not', async (t) => {
  const scene = new Scene(t);
  const script = 'echo permission denied; exit 1';
  t.true((await scene.run(script, FREE)).sandboxDenied);
  t.true((await scene.run(script, { ...FREE, stdio: 'terminal' })).sandboxDenied);
  t.false((await scene.run(script, { confinement: null })).sandboxDenied);
  t.false((await scene.run('exit 1', FREE)).sandboxDenied);
});

test('the ring says the same', async (t) => {
  const scene = new Scene(t);
  const key = scene.start('echo permission denied; exit 1', FREE);
  const { ring } = await scene.watched.told('ring', key);
  const { seq } = await scene.watched.told('exited', key);
  t.deepEqual(new RingReader(ring).snapshot(0, undefined).exit, { seq, exitCode: 1, sandboxDenied: true });
});

test('streams that stay open and silent hold the exit up no longer than a moment', async (t) => {
  const scene = new Scene(t);
  const key = scene.start('setsid sh -c "echo ready; sleep 30" & read line; exit 1', {
    ...FREE,
    stdio: 'pipes and stdin',
  });
  await scene.watched.said('ready', key);
  scene.watched.supervisor.handle({ do: 'write', key, bytes: Buffer.from('\n') });
  t.false((await scene.watched.told('exited', key)).sandboxDenied);
  t.deepEqual(scene.watched.all('closed', key), []);
});

test('output behind the exit changes nothing', async (t) => {
  const scene = new Scene(t);
  const go = join(scene.work, 'go');
  const key = scene.start(`(until [ -e ${go} ]; do sleep 0.01; done; echo permission denied) & exit 1`, FREE);
  t.false((await scene.watched.told('exited', key)).sandboxDenied);
  writeFileSync(go, '');
  await scene.watched.told('closed', key);
  t.is(scene.watched.textOf(key), 'permission denied\n');
});
