/** One worker's supervision, with real processes, in the thread of the test: what it is asked and what it tells. */

import test from 'ava';
import type { LaunchPlan } from '#src/pool/calls.js';
import { RingReader } from '#src/rings/ring-reader.js';
import { entryOf } from '#test/support/procfs.js';
import { Watched } from './support/watched.js';

// Node counts the descriptors of a test's thread, and wonders at each one that native code has opened.
process.removeAllListeners('warning');

const shell = (script: string, stdio: LaunchPlan['stdio'] = 'pipes'): LaunchPlan => ({
  argv: ['/bin/sh', '-c', script],
  arg0: null,
  directory: '/',
  environment: [['PATH', process.env.PATH ?? '']],
  stdio,
  confinement: null,
});

test('the answer to a start leaves alone, before any output', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('echo x'));
  t.like(watched.messages.at(-1), [{ tell: 'started', key: 1 }]);
  t.is(watched.messages.at(-1)!.length, 1);
  await watched.told('closed', 1);
});

test('exited and closed of a process travel in one message', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('exit 7'));
  await watched.told('closed', 1);
  t.like(watched.messages.at(-1), [
    { tell: 'exited', key: 1, seq: 1, exitCode: 7, sandboxDenied: false },
    { tell: 'closed', key: 1, seq: 2 },
  ]);
  t.is(watched.messages.at(-1)!.length, 2);
});

test('the ring says what the notes say: output, exit and close by number', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('echo x; exit 7'), { watched: false });
  const { ring } = await watched.told('ring', 1);
  await watched.told('closed', 1);
  t.deepEqual(new RingReader(ring).snapshot(0, undefined), {
    chunks: [{ seq: 1, stream: 'stdout', bytes: Buffer.from('x\n') }],
    nextSeq: 4,
    exit: { seq: 2, exitCode: 7, sandboxDenied: false },
    closedSeq: 3,
    lostBytes: 0,
    firstRetainedSeq: 1,
  });
});

test('the ring of a forgotten process serves the next one, and shows nothing of the first', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('echo first'));
  const { ring } = await watched.told('ring', 1);
  await watched.told('closed', 1);
  watched.supervisor.handle({ do: 'forget', key: 1 });
  watched.start(2, shell('echo second'));
  await watched.told('closed', 2);
  t.is((await watched.told('ring', 2)).ring, ring);
  t.deepEqual(
    new RingReader(ring).snapshot(0, undefined).chunks.map(({ bytes }) => String(bytes)),
    ['second\n'],
  );
});

test('a process without output has no ring', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell(':'));
  await watched.told('closed', 1);
  t.deepEqual(watched.all('ring', 1), []);
});

test('output that nobody watches has no frame', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('echo x'), { watched: false });
  t.is((await watched.told('output', 1)).frame, undefined);
});

test('a small frame travels as text, a large one in memory whose slot is used again when it has left', async (t) => {
  const watched = new Watched(t);
  const slots = new Set<number>();
  for (let key = 1; key <= 20; key += 1) {
    watched.start(key, shell('head -c 30000 /dev/zero'));
    await watched.told('closed', key);
    for (const { frame } of watched.all('output', key)) {
      const slot = frame && 'slot' in frame ? frame.slot : undefined;
      if (slot !== undefined) slots.add(slot);
      watched.supervisor.handle({ do: 'sent', frames: [{ key, slot }] });
    }
  }
  t.true(slots.size >= 1 && slots.size <= 4, `${slots.size} slots`);
  watched.start(100, shell('echo x'));
  t.deepEqual((await watched.told('output', 100)).frame, {
    text: '{"method":"process/output","params":{"processId":"p100","seq":1,"stream":"stdout","chunk":"eAo="}}',
  });
});

test('a processId too long for a slot makes its frames travel as text', async (t) => {
  const watched = new Watched(t);
  const id = '"'.repeat(2000);
  watched.start(1, shell('head -c 30000 /dev/zero'), { id });
  const { frame } = await watched.told('output', 1);
  t.true(frame !== undefined && 'text' in frame);
  const { params } = JSON.parse(frame && 'text' in frame ? frame.text : '{}');
  t.is(params.processId, id);
});

test('what is written to a process without stdin, or one that has ended, is taken and lost', async (t) => {
  const watched = new Watched(t);
  watched.start(1, shell('sleep 1000'));
  watched.supervisor.handle({ do: 'write', key: 1, bytes: Buffer.from('x') });
  t.deepEqual(await watched.told('taken', 1), { tell: 'taken', key: 1, writes: 1 });
  watched.start(2, shell('exit', 'pipes and stdin'));
  await watched.told('closed', 2);
  watched.supervisor.handle({ do: 'write', key: 2, bytes: Buffer.from('x') });
  t.deepEqual(await watched.told('taken', 2), { tell: 'taken', key: 2, writes: 1 });
});

test('a start that the system refuses is told with its words', async (t) => {
  const watched = new Watched(t);
  watched.start(1, { ...shell(':'), argv: ['/nowhere'] });
  watched.start(2, { ...shell(':'), directory: '/nowhere' });
  watched.start(3, { ...shell(':'), argv: ['/bin/sh', 'a\0b'] });
  watched.start(4, { ...shell(':'), environment: [['A', 'a\0b']] });
  t.is((await watched.told('refused', 1)).message, 'No such file or directory (os error 2)');
  t.is((await watched.told('refused', 2)).message, 'No such file or directory (os error 2)');
  t.is((await watched.told('refused', 3)).message, 'nul byte found in provided data');
  t.is((await watched.told('refused', 4)).message, 'data provided contains a nul byte');
});

test('an end reaps every child and the guard', async (t) => {
  const watched = new Watched(t);
  for (let key = 1; key <= 5; key += 1) watched.start(key, shell('sleep 1000', key % 2 === 0 ? 'terminal' : 'pipes'));
  const pids = watched.messages.flat().flatMap((note) => {
    if (note.tell === 'started') return [note.pid];
    return note.tell === 'ready' && note.guard ? [note.guard.pid] : [];
  });
  t.is(pids.length, 6);
  await watched.end();
  t.deepEqual(
    pids.filter((pid) => entryOf(pid) !== undefined),
    [],
  );
});
