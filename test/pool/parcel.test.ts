import test from 'ava';
import { parcelOf, wipeBytes } from '#src/pool/parcel.js';

const POOLED = Buffer.from('lies amid other bytes');
const task = () => ({
  step: 'x',
  counter: 3,
  over: false,
  nothing: undefined,
  message: POOLED.subarray(5, 9),
  state: { key: Uint8Array.of(1, 2, 3), empty: new Uint8Array(0) },
});

test('a parcel is the same value', (t) => {
  const { contents } = parcelOf(task());
  t.deepEqual(contents, { ...task(), message: Uint8Array.from(POOLED.subarray(5, 9)) as Buffer });
  for (const value of [undefined, null, 'text', 7]) t.deepEqual(parcelOf(value), { contents: value, memory: [] });
});

test('each array of bytes has memory of its own, which is to be transferred', (t) => {
  const key = Uint8Array.of(1);
  const { contents, memory } = parcelOf({ ...task(), twice: [key, key] });
  const arrays = [contents.message, contents.state.key, contents.state.empty, ...Object.values(contents.twice)];
  t.deepEqual(
    arrays.map(({ buffer }) => buffer),
    [...memory],
  );
  t.is(new Set(memory).size, arrays.length);
  for (const { buffer, length } of arrays) t.is(buffer.byteLength, length);
});

test('what was packed stays as it was', (t) => {
  const value = task();
  const { contents } = parcelOf(value);
  wipeBytes(contents);
  t.deepEqual(value, task());
});

test('all bytes are overwritten, and nothing else', (t) => {
  const value = parcelOf(task()).contents;
  wipeBytes(value);
  t.deepEqual(value, {
    ...task(),
    message: new Uint8Array(4) as Buffer,
    state: { key: new Uint8Array(3), empty: new Uint8Array(0) },
  });
});

test('what another thread has by now is not touched', (t) => {
  const { contents, memory } = parcelOf({ sent: Uint8Array.of(1), kept: Uint8Array.of(1) });
  const sent = structuredClone(contents.sent, { transfer: [memory[0]!] });
  t.notThrows(() => wipeBytes(contents));
  t.deepEqual([...sent], [1]);
  t.deepEqual([...contents.kept], [0]);
  t.is(contents.sent.length, 0);
});
