/** Confined commands on terminals. */
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { SPAWNERS } from '#test/support/executor-program.js';
import { Scene } from './support/confined.js';

process.removeAllListeners('warning');

const sandboxed = canSandbox ? test : test.skip;
const CTRL_C = Buffer.from('\x03');

for (const spawner of SPAWNERS) {
  sandboxed(`Ctrl-C reaches the command on its terminal, and not bubblewrap, with ${spawner}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.01; done', {
      stdio: 'terminal',
    });
    await scene.watched.said('ready', key);
    scene.watched.supervisor.handle({ do: 'write', key, bytes: CTRL_C });
    t.is((await scene.watched.told('exited', key)).exitCode, 7);
    t.is(scene.watched.textOf(key), 'ready\r\n^Ccaught\r\n');
  });

  sandboxed(`so does an interrupt, with ${spawner}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.01; done', {
      stdio: 'terminal',
    });
    await scene.watched.said('ready', key);
    scene.watched.supervisor.handle({ do: 'interrupt', key, token: 1 });
    t.is((await scene.watched.told('exited', key)).exitCode, 7);
  });

  sandboxed(`without an env that ignores signals an interrupt ends the sandbox, with ${spawner}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const confinement = scene.confinement(scene.policy, { signalEnv: undefined });
    const key = scene.start('trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.01; done', {
      stdio: 'terminal',
      confinement,
    });
    await scene.watched.said('ready', key);
    scene.watched.supervisor.handle({ do: 'interrupt', key, token: 1 });
    t.is((await scene.watched.told('exited', key)).exitCode, 130);
  });
}

sandboxed('a shell on a terminal has job control', async (t) => {
  const scene = new Scene(t);
  const key = scene.start('', { argv: ['/bin/bash', '--norc', '-i'], stdio: 'terminal' });
  const type = (text: string) => scene.watched.supervisor.handle({ do: 'write', key, bytes: Buffer.from(text) });
  type("sh -c 'echo runs; exec sleep 1000'\n");
  await scene.watched.said('runs\r\n', key);
  type('\x1a');
  await scene.watched.said('Stopped', key);
  type('exit 5\nexit 5\n');
  t.is((await scene.watched.told('exited', key)).exitCode, 5);
  t.false(scene.watched.textOf(key).includes('no job control'));
});

sandboxed('a terminal has its three descriptors and no other', async (t) => {
  const scene = new Scene(t);
  t.is((await scene.run('ls /proc/self/fd | tr "\\n" " "', { stdio: 'terminal' })).text, '0 1 2 3 ');
});

sandboxed('names and programs are what they are without a terminal', async (t) => {
  const scene = new Scene(t);
  const renamed = { argv: ['/bin/sh', '-c', 'echo "$0"'], arg0: 'renamed', stdio: 'terminal' } as const;
  t.is((await scene.run('', renamed)).text, 'renamed\r\n');
  const withEquals = { argv: ['sh=x'], stdio: 'terminal' } as const;
  t.regex((await scene.run('', withEquals)).text, /sh=x: No such file or directory/);
});
