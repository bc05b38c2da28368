import test from 'ava';
import type { ReadFacts } from '#src/client/read-placement.js';
import { SharedRead } from '#src/client/shared-read.js';

function countingRead() {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const reads = new SharedRead((afterSeq) => {
    asked.push(afterSeq);
    return new Promise((resolve) => answers.push(() => resolve({} as ReadFacts)));
  });
  return { asked, answers, reads };
}

test('whoever has more than was asked for shares the read under way', (t) => {
  const { asked, reads } = countingRead();
  t.is(reads.ask(3, 300), reads.ask(5, 400));
  t.deepEqual(asked, [3]);
});

test('whoever has less than was asked for makes a read of its own', (t) => {
  const { asked, reads } = countingRead();
  t.not(reads.ask(3, 300), reads.ask(2, 300));
  t.deepEqual(asked, [3, 2]);
});

test('an answer that may be too old for a reader is not shared with it', (t) => {
  const { asked, reads } = countingRead();
  t.not(reads.ask(3, 300), reads.ask(300, 700));
  t.deepEqual(asked, [3, 300]);
});

test('a read that has been answered is not shared any more', async (t) => {
  const { asked, answers, reads } = countingRead();
  const first = reads.ask(0, 300);
  answers[0]?.();
  await first;
  reads.ask(0, 300);
  t.deepEqual(asked, [0, 0]);
});
