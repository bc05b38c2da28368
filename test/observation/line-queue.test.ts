import test from 'ava';
import { LineQueue } from '#src/observation/line-queue.js';

const rest = (queue: LineQueue) => Buffer.concat(queue.rest).toString();

test('what the file has taken is not written again, be it lines or parts of them', (t) => {
  const text = 'one\n\nthree\nfour\n';
  for (let first = 0; first <= text.length; first++) {
    for (let second = 0; second <= text.length - first; second++) {
      const queue = new LineQueue(1000);
      for (const line of ['one', '', 'three', 'four']) queue.push(line);
      queue.took(first);
      queue.took(second);
      t.is(rest(queue), text.slice(first + second));
    }
  }
});

test('lines that come meanwhile follow', (t) => {
  const queue = new LineQueue(1000);
  queue.push('one');
  queue.took(2);
  queue.push('two');
  t.is(rest(queue), 'e\ntwo\n');
});

test('in another file a line that was cut is whole', (t) => {
  const queue = new LineQueue(1000);
  queue.push('one');
  queue.push('two');
  queue.took(5);
  queue.beginAnew();
  t.is(rest(queue), 'two\n');
});

test('above the bound the newest lines are left out, until there is room', (t) => {
  const queue = new LineQueue(8);
  for (const line of ['one', 'two', 'left out', 'x']) queue.push(line);
  t.is(rest(queue), 'one\ntwo\n');
  t.is(queue.lost, 2);
  queue.took(4);
  queue.push('new');
  t.is(rest(queue), 'two\nnew\n');
  t.is(queue.lost, 2);
});

test('what is given up counts as lost', (t) => {
  const queue = new LineQueue(100);
  queue.push('one');
  queue.push('two');
  queue.took(5);
  queue.giveUp();
  t.deepEqual([queue.lost, queue.lines, rest(queue)], [1, 0, '']);
});
