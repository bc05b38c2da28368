/** Attacks 33, 34 and 35: something of a sandbox stays after its end, processes or files. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { allProcesses, eventually, isRunning } from '#test/support/procfs.js';
import { attackTest } from './attack-test.js';
import { Attacker } from './attacker.js';
import { Scene } from './scene.js';

/** A word that the processes of one attack carry among their arguments. */
const newMark = () => `mark-${randomUUID()}`;

/** Processes that carry the mark and still run. */
const running = (mark: string): number[] =>
  allProcesses().flatMap(({ pid }) => (isRunning(pid) && argumentsOf(pid).includes(mark) ? [pid] : []));

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const inBackground = (mark: string) => `
  setsid nohup sh -c ': > began; while :; do sleep 1000; done' ${mark} > /dev/null 2>&1 &
  while ! [ -e began ]; do sleep 0.01; done`;

attackTest('33: leaves a child of another session behind when it ends', async (t, { attacker, scene }) => {
  const mark = newMark();
  t.is((await attacker.run(scene, 'workspace', inBackground(mark))).exitCode, 0);
  t.true(scene.has('workspace/began'));
  t.deepEqual(running(mark), []);

  rmSync(join(scene.variables.W, 'began'));
  await attacker.run(scene, 'none', inBackground(mark));
  const left = running(mark);
  t.not(left.length, 0);
  for (const pid of left) process.kill(pid, 'SIGKILL');
});

attackTest('34: is terminated while nothing of it heeds signals', async (t, { attacker, scene }) => {
  const mark = newMark();
  const script = `
    trap "" TERM INT HUP QUIT
    for i in 1 2 3; do sh -c 'while :; do sleep 1000; done' ${mark} & done
    ( setsid sh -c ': > began; while :; do sleep 1000; done' ${mark} & )
    while ! [ -e began ]; do sleep 0.01; done
    echo ready; wait`;
  const id = await attacker.start(scene, 'workspace', script);
  await attacker.client.hasWritten(id, 'ready');
  t.true(running(mark).length >= 4);
  await attacker.client.terminate(id);
  t.is((await attacker.client.closed(id)).exitCode, 137);
  t.deepEqual(running(mark), []);
  t.is(await attacker.serves(scene), 'served');
});

attackTest('34: leaves three hundred children behind', async (t, { attacker, scene }) => {
  const mark = newMark();
  const fork = `for (1..300) { my $child = fork // die "fork: $!"; if (!$child) { sleep 1000; exit } } $| = 1; print "ready\\n"; <STDIN>`;
  const id = await attacker.start(scene, 'workspace', `exec perl -e '${fork}' ${mark}`, { pipeStdin: true });
  await attacker.client.hasWritten(id, 'ready');
  t.true(running(mark).length > 300);
  await attacker.client.write(id, '\n', 'w');
  t.is((await attacker.client.closed(id)).exitCode, 0);
  t.deepEqual(running(mark), []);
  t.is(await attacker.serves(scene), 'served');
});

const PLACEHOLDERS = ['.agents', '.aws', '.codex', '.git'];

attackTest('35: leaves names in the workspace, at its end or when terminated', async (t, { attacker, scene }) => {
  const { W } = scene.variables;
  rmSync(join(W, '.git'), { recursive: true });
  const before = readdirSync(W);
  for (const isTerminated of [false, true]) {
    const id = await attacker.start(scene, 'workspace', 'echo ready; read line', { pipeStdin: true });
    await attacker.client.hasWritten(id, 'ready');
    t.deepEqual(readdirSync(W), [...PLACEHOLDERS, ...before], 'while it runs they are there');
    if (isTerminated) await attacker.client.terminate(id);
    else await attacker.client.write(id, '\n', 'w');
    await attacker.client.closed(id);
    t.deepEqual(readdirSync(W), before);
  }
  await attacker.run(scene, 'workspace', '', { more: { argv: ['/no/such/program'] } });
  t.deepEqual(readdirSync(W), before);
});

attackTest('35: leaves names in the workspace when its executor is killed', async (t, { scene, user }) => {
  const { W } = scene.variables;
  const before = readdirSync(W);
  const mark = newMark();
  {
    await using killed = await Attacker.open(user);
    const id = await killed.start(scene, 'workspace', `sh -c 'echo ready; sleep 1000' ${mark}`);
    await killed.client.hasWritten(id, 'ready');
    killed.executor.kill('SIGKILL');
  }
  await eventually(() => running(mark).length === 0);
  t.not(readdirSync(W).length, before.length, 'nobody was there to remove them');
  // The next one has them removed, be its own sandboxes elsewhere.
  await using next = await Attacker.open(user);
  await using elsewhere = await Scene.open(user);
  await next.run(elsewhere, 'workspace', ':');
  t.deepEqual(readdirSync(W), before);
});
