import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { createStartMarks } from '#src/pool/start-marks.js';
import { eventually } from '#test/support/procfs.js';
import { createMarks, type Marking, type Marks } from '#workers/descendants/marks.js';
import { LiveGroups } from '#workers/live-groups.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import { processEntry } from '#workers/process-entry.js';
import { forkWithin } from '#workers/spawner.js';

// Serial: they are about limits of this whole program.

const two = (shared = createStartMarks()): [Marks, Marks] => [createMarks(shared)!, createMarks(shared)!];

function shell(t: ExecutionContext, script: string, marking?: Marking): ChildProcess & { pid: number } {
  const child = forkWithin(marking, () => spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] }));
  t.teardown(() => child.kill('SIGKILL'));
  return child as ChildProcess & { pid: number };
}

function start(t: ExecutionContext, marks: Marks, script = 'read -r line') {
  const marking = marks.next();
  const child = shell(t, script, marking);
  marking.started(child.pid);
  return { child, pid: child.pid, mark: marking.mark };
}

/** Of two that start at the same time the first, whose child gets the mark of the other; `begun`: what it waits for before it is told so. */
async function late(
  t: ExecutionContext,
  [one, other]: readonly [Marks, Marks],
  script: string,
  begun: (pid: number) => boolean,
) {
  const [ours, theirs] = [one.next(), other.next()];
  ours.before();
  theirs.before();
  const child = shell(t, script);
  theirs.after();
  ours.after();
  t.is(one.of(child.pid), theirs.mark);
  await eventually(() => begun(child.pid));
  ours.started(child.pid);
  t.is(one.of(child.pid), ours.mark);
  return { child, pid: child.pid, mark: ours.mark, foreign: theirs.mark };
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const limitsOf = (pid: number | 'self') =>
  /^Max file locks +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))!.slice(1);

test.serial(
  'a mark is there from the first moment, and is passed on to a daemon whose ancestors have ended',
  async (t) => {
    const [marks] = two();
    const { child, pid, mark } = start(
      t,
      marks,
      `setsid sh -c "setsid sh -c 'echo \\$\\$; read -r line' &" <&0; exec cat`,
    );
    t.teardown(() => child.stdin!.end());
    t.is(marks.of(pid), mark);
    // The guard tells marks by their first digit and their length.
    t.regex(String(mark), /^5\d{18}$/);
    const [line] = await once(child.stdout!, 'data');
    t.is(marks.of(Number(String(line))), mark);
    t.true(marks.isSure(mark));
  },
);

test.serial('no two starts have the same mark, of one worker or of several', (t) => {
  const [one, other] = two();
  const started = [one, one, other].map((marks) => start(t, marks));
  t.is(new Set(started.map(({ mark }) => mark)).size, 3);
  for (const { pid, mark } of started) t.is(other.of(pid), mark);
});

test.serial('this program has no mark afterwards, nor has what is started then', (t) => {
  const before = limitsOf('self');
  const [marks] = two();
  const marking = marks.next();
  marking.before();
  t.is(limitsOf('self')[0], String(marking.mark));
  marking.after();
  t.deepEqual(limitsOf('self'), before);
  t.is(marks.of(shell(t, 'read -r line').pid), undefined);
  t.is(marks.of(process.pid), undefined);
});

test.serial('the hard limit stays what it was', (t) => {
  t.is(limitsOf(start(t, two()[0]).pid)[1], limitsOf('self')[1]);
});

test.serial(
  'a leader that got the mark of another start gets its own, and so do the children that it has by then',
  async (t) => {
    const marks = two();
    const { pid, mark, foreign } = await late(
      t,
      marks,
      'sh -c "read -r line; :" & read -r line; wait',
      (leader) => childrenOf(leader).length === 1,
    );
    for (const child of childrenOf(pid)) t.is(marks[0].of(child), mark);
    t.true(marks[0].isSure(mark) && marks[0].isSure(foreign));
  },
);

test.serial(
  'what it began and ended by then may have left somebody: the other mark is in doubt, for every worker',
  async (t) => {
    const shared = createStartMarks();
    const marks = two(shared);
    const { mark, foreign } = await late(
      t,
      marks,
      '/bin/true; read -r line',
      (leader) => processEntry(leader)!.hasReaped,
    );
    t.true(marks[1].isSure(mark));
    t.false(marks[1].isSure(foreign));
    t.false(createMarks(shared)!.isSure(foreign));
  },
);

test.serial('a leader that got no mark, because another start had just ended, gets its own', async (t) => {
  const [one, other] = two();
  const [ours, theirs] = [one.next(), other.next()];
  ours.before();
  theirs.before();
  theirs.after();
  const child = shell(t, '/bin/true; read -r line');
  ours.after();
  t.is(one.of(child.pid), undefined);
  await eventually(() => processEntry(child.pid)!.hasReaped);
  ours.started(child.pid);
  t.is(one.of(child.pid), ours.mark);
  t.true(one.isSure(ours.mark));
});

test.serial('nobody who is not there has a mark', (t) => t.is(two()[0].of(spawnSync('true').pid), undefined));

test.serial(
  'in the middle of a start this program has the mark itself, and is nobody whom that mark ends',
  async (t) => {
    const [marks] = two();
    const { mark, before, after } = marks.next();
    before();
    t.teardown(after);
    t.is(limitsOf('self')[0], String(mark));
    t.is(marks.of(process.pid), undefined);

    // As when the thread of this start has died: its guard ends whoever has the mark.
    const member = shell(t, 'read -r line');
    const groups = new LiveGroups(createPosixSpawner()!);
    const { pid: guard, lifeline, table } = groups.guard!;
    groups.begins(mark);
    t.is(limitsOf(guard)[0], String(mark));
    const ended = once(member, 'exit');
    closeSync(lifeline);
    t.deepEqual(await ended, [null, 'SIGKILL']);
    await eventually(() => processEntry(guard)?.state === 'Z');
    closeSync(table);
  },
);
