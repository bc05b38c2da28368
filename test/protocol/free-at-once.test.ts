import test from 'ava';
import { freeAtOnce } from '#src/protocol/free-at-once.js';

const LARGE = 64 * 1024;

test('memory that bytes have to themselves is given back, for all who look at it', (t) => {
  const bytes = Buffer.alloc(LARGE, 'x');
  const view = bytes.subarray(1, 3);
  freeAtOnce(bytes);
  t.is(bytes.buffer.byteLength, 0);
  t.is(view.length, 0);
});

test('bytes beside others, small ones and shared ones stay as they are', (t) => {
  const around = Buffer.alloc(2 * LARGE, 'x');
  const [part, small] = [around.subarray(LARGE), Buffer.alloc(100, 'x')];
  const shared = Buffer.from(new SharedArrayBuffer(LARGE)).fill('x');
  for (const bytes of [part, small, shared]) {
    freeAtOnce(bytes);
    t.is(bytes[0], 'x'.charCodeAt(0));
  }
  t.is(around.length, 2 * LARGE);
});
