/** The main thread's end of a worker, with a test at the other end of the port. */
import { openSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import type { Enforcement, FromWorker, LaunchPlan, ToWorker, WorkersEnd } from '#src/pool/calls.js';
import { SLOT_BYTES, SLOTS_PER_SLAB } from '#src/pool/frame-slabs.js';
import { type HelperOwner, type ProcessOwner, WorkerLink } from '#src/pool/worker-link.js';

const PLAN: LaunchPlan = {
  argv: ['x'],
  arg0: null,
  directory: '/',
  environment: [],
  stdio: 'pipes',
  confinement: null,
};

function linked(t: ExecutionContext) {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port2.close());
  const link = new WorkerLink(port1, () => {});
  return {
    link,
    /** The worker tells these in one message; resolves when the link has heard it. */
    tell: (...notes: FromWorker[]) => {
      const heard = new Promise((resolve) => port1.once('message', resolve));
      port2.postMessage(notes);
      return heard;
    },
    /** What the worker has been asked so far. */
    asked: (): ToWorker[] => {
      const calls: ToWorker[] = [];
      for (let next = receiveMessageOnPort(port2); next; next = receiveMessageOnPort(port2)) calls.push(next.message);
      return calls;
    },
  };
}

/** An owner that writes down what it is told; `sent` of its output is kept. */
function owner() {
  const told: string[] = [];
  const sent: (() => void)[] = [];
  const each: ProcessOwner = {
    started: (pid) => told.push(`started ${pid}`),
    refused: ({ code, message }) => told.push(`refused ${code} ${message}`),
    ring: () => told.push('ring'),
    output: (seq, message, done) => {
      told.push(`output ${seq} ${message === undefined ? 'unwatched' : Buffer.from(message as string)}`);
      sent.push(done);
    },
    exited: ({ seq, exitCode }) => told.push(`exited ${seq} ${exitCode}`),
    closed: (seq) => told.push(`closed ${seq}`),
    taken: (writes) => told.push(`taken ${writes}`),
    lost: () => told.push('lost'),
  };
  return { each, told, sent };
}

/** The same for a helper. */
function helperOwner() {
  const told: string[] = [];
  const each: HelperOwner = {
    started: ({ input, output, errors }) => told.push(`started ${input} ${output} ${errors}`),
    refused: ({ code, message }) => told.push(`refused ${code} ${message}`),
    ended: (exitCode) => told.push(`ended ${exitCode}`),
    lost: () => told.push('lost'),
  };
  return { each, told };
}

/** The link closes its descriptors when the worker has died. */
const guard = () => ({ pid: 99, lifeline: openSync('/dev/null', 'r'), table: openSync('/dev/null', 'r') });

/** What the link puts off to the end of its turn is done in the next. */
const END: WorkersEnd = { cause: { type: 'exited' }, usage: { wallMs: 1 } };
const turn = () => new Promise(setImmediate);

test('notes go to the owner of the process, in their order', async (t) => {
  const { link, tell } = linked(t);
  const [one, other] = [owner(), owner()];
  link.start(1, 'a', PLAN, true, one.each);
  link.start(2, 'b', PLAN, true, other.each);
  await tell({ tell: 'started', key: 1, pid: 11 }, { tell: 'refused', key: 2, code: -32603, message: 'no' });
  await tell(
    { tell: 'output', key: 1, seq: 1, frame: { text: 'x' } },
    { tell: 'exited', key: 1, seq: 2, exitCode: 3, sandboxDenied: false, end: END },
    { tell: 'closed', key: 1, seq: 3 },
  );
  t.deepEqual(one.told, ['started 11', 'output 1 x', 'exited 2 3', 'closed 3']);
  t.deepEqual(other.told, ['refused -32603 no']);
});

test('processes count as live until they are refused or have exited', async (t) => {
  const { link, tell } = linked(t);
  for (const key of [1, 2]) link.start(key, 'a', PLAN, true, owner().each);
  t.is(link.live, 2);
  await tell({ tell: 'refused', key: 1, code: -32603, message: 'no' });
  t.is(link.live, 1);
  await tell(
    { tell: 'started', key: 2, pid: 1 },
    { tell: 'exited', key: 2, seq: 1, exitCode: 0, sandboxDenied: false, end: END },
  );
  t.is(link.live, 0);
});

test('a frame in memory is a view of its slot', async (t) => {
  const { link, tell } = linked(t);
  const { each, told } = owner();
  link.start(1, 'a', PLAN, true, each);
  const slabs = [0, 1].map(() => new SharedArrayBuffer(SLOT_BYTES * SLOTS_PER_SLAB));
  const slot = SLOTS_PER_SLAB + 2;
  new Uint8Array(slabs[1]!).set(Buffer.from('frame'), 2 * SLOT_BYTES);
  await tell(...slabs.map((slab) => ({ tell: 'slab', slab }) as const), {
    tell: 'output',
    key: 1,
    seq: 1,
    frame: { slot, length: 5 },
  });
  t.deepEqual(told, ['output 1 frame']);
});

test('frames that have left in one turn are reported in one message', async (t) => {
  const { link, tell, asked } = linked(t);
  const { each, sent } = owner();
  link.start(1, 'a', PLAN, true, each);
  for (const seq of [1, 2, 3]) await tell({ tell: 'output', key: 1, seq, frame: { text: 'x' } });
  await turn();
  asked();
  for (const done of sent) done();
  await turn();
  const frame = { key: 1, slot: undefined };
  t.deepEqual(asked(), [{ do: 'sent', frames: [frame, frame, frame] }]);
});

test('a frame of a forgotten process is reported at once, so that its slot is free', async (t) => {
  const { link, tell, asked } = linked(t);
  link.start(1, 'a', PLAN, true, owner().each);
  link.forget(1);
  asked();
  await tell({ tell: 'output', key: 1, seq: 1, frame: { slot: 3, length: 5 } });
  t.deepEqual(asked(), [{ do: 'sent', frames: [{ key: 1, slot: 3 }] }]);
});

test('whom a worker was told to bury before it served, another must bury when it dies', (t) => {
  const early = linked(t).link;
  early.bury([5, 6]);
  t.deepEqual(early.died(), [5, 6]);
  const { link, tell } = linked(t);
  link.bury([5, 6]);
  tell({ tell: 'ready', spawner: 'posix_spawn', guard: guard(), unguarded: undefined, adopts: false });
  t.deepEqual(link.died(), [99]);
});

test('a worker that dies loses what had not ended, after all that it had told; nobody waits for it any more', async (t) => {
  const { link, tell } = linked(t);
  const [running, exited, closed, starting] = [owner(), owner(), owner(), owner()];
  for (const [index, { each }] of [running, exited, closed, starting].entries()) {
    link.start(index + 1, 'a', PLAN, true, each);
  }
  tell({ tell: 'ready', spawner: 'posix_spawn', guard: guard(), unguarded: undefined, adopts: false });
  tell(
    { tell: 'started', key: 1, pid: 11 },
    { tell: 'started', key: 2, pid: 12 },
    { tell: 'started', key: 3, pid: 13 },
  );
  tell(
    { tell: 'exited', key: 2, seq: 1, exitCode: 0, sandboxDenied: false, end: END },
    { tell: 'exited', key: 3, seq: 1, exitCode: 0, sandboxDenied: false, end: END },
  );
  tell({ tell: 'closed', key: 3, seq: 2 });
  const watching = link.watch([1], false);
  const interrupted = link.interrupt(1);
  // Nothing has been delivered yet: what waits in the port is heeded first.
  t.deepEqual(link.died(), [11, 99]);
  t.deepEqual(running.told, ['started 11', 'lost']);
  t.deepEqual(exited.told, ['started 12', 'exited 1 0', 'lost']);
  t.deepEqual(closed.told, ['started 13', 'exited 1 0', 'closed 2']);
  t.deepEqual(starting.told, ['lost']);
  await watching;
  t.is(await interrupted, 0);
  await link.watch([1], true);
});

test('helpers hear of their lives, and are known to hold only while they live and the worker says so', async (t) => {
  const { link, tell, asked } = linked(t);
  const enforcement = {} as Enforcement;
  const owners = [1, 2, 3].map((key) => {
    const { each, told } = helperOwner();
    link.startHelper(key, enforcement, each);
    return told;
  });
  const pipes = { input: 7, output: 8, errors: 9 };
  await tell(
    { tell: 'helper', key: 1, pid: 11, ...pipes },
    { tell: 'helper', key: 2, pid: 12, ...pipes },
    { tell: 'refused', key: 3, code: -32603, message: 'no' },
    { tell: 'helperEnded', key: 2, exitCode: 0 },
  );
  t.is(link.live, 0, 'they are no processes of a peer');
  asked();
  for (const holds of [true, false]) {
    const answer = link.check(1);
    const [call] = asked();
    if (call?.do === 'check') await tell({ tell: 'checked', token: call.token, holds });
    t.is(await answer, holds);
  }
  t.false(await link.check(2));
  const unanswered = link.check(1);
  await tell({ tell: 'ready', spawner: 'posix_spawn', guard: guard(), unguarded: undefined, adopts: false });
  t.deepEqual(link.died(), [11, 99]);
  t.false(await unanswered);
  t.deepEqual(owners, [['started 7 8 9', 'lost'], ['started 7 8 9', 'ended 0'], ['refused -32603 no']]);
});

test('only a worker that has children is rung when a child has changed', async (t) => {
  const { link, tell, asked } = linked(t);
  link.sweep();
  t.deepEqual(asked(), []);
  link.start(1, 'a', PLAN, true, owner().each);
  asked();
  link.sweep();
  t.deepEqual(asked(), [{ do: 'sweep' }]);
  await tell(
    { tell: 'started', key: 1, pid: 1 },
    { tell: 'exited', key: 1, seq: 1, exitCode: 0, sandboxDenied: false, end: END },
  );
  link.sweep();
  t.deepEqual(asked(), []);
  link.bury([5]);
  asked();
  link.sweep();
  t.deepEqual(asked(), [{ do: 'sweep' }]);
});
