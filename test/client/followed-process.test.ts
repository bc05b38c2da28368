import test from 'ava';
import { FollowedProcess } from '#src/client/followed-process.js';
import type { SequencedEvent } from '#src/client/process-event.js';
import type { ReadFacts } from '#src/client/read-placement.js';
import { REORDER_EVENTS } from '#src/protocol/limits.js';

const output = (seq: number): SequencedEvent => ({ type: 'output', seq, stream: 'stdout', bytes: Buffer.from('x') });
const NEVER = new Promise<ReadFacts>(() => {});

function follow() {
  const asked: number[] = [];
  const ends: string[] = [];
  const followed = new FollowedProcess({
    processId: 'p',
    read: (afterSeq) => {
      asked.push(afterSeq);
      return NEVER;
    },
    over: (how) => ends.push(how),
  });
  return { followed, asked, ends };
}

test('more early events than can be held are asked for at once, and only once', (t) => {
  const { followed, asked } = follow();
  followed.started();
  for (let seq = 2; seq < 2 + REORDER_EVENTS; seq += 1) followed.receive(output(seq));
  t.deepEqual(asked, []);
  followed.receive(output(2 + REORDER_EVENTS));
  followed.receive(output(3 + REORDER_EVENTS));
  t.deepEqual(asked, [0]);
  followed.fail(new Error('the test is over'));
});

test('nothing is asked of an executor that has not answered the start', (t) => {
  const { followed, asked } = follow();
  followed.receive({ type: 'exited', seq: 1, exitCode: 0, sandboxDenied: undefined });
  t.deepEqual(asked, []);
  followed.started();
  t.deepEqual(asked, [1]);
  followed.fail(new Error('the test is over'));
});

test('the end is told once, and nothing is taken after it', async (t) => {
  const { followed, ends } = follow();
  followed.started();
  followed.abandon('lost sight of it');
  followed.fail(new Error('again'));
  followed.receive(output(1));
  await t.throwsAsync(followed.exit, { code: 'PROCESS_FAILED', message: 'lost sight of it' });
  t.deepEqual(ends, ['abandoned']);
  t.is(followed.next(0, ['stdout']).found, 'nothing');
});
