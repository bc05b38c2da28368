import test from 'ava';
import { BLOCK_HEAD, BLOCK_SLOT_BYTES, BLOCK_TAIL, BlockSlots } from '#src/pool/block-slots.js';
import { FILE_BLOCK_BYTES } from '#src/protocol/limits.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES } from '#src/protocol/ready-result.js';

test('a slot has room for the largest block in its envelope', (t) => {
  const block = Buffer.alloc(FILE_BLOCK_BYTES).toString('base64');
  const longest = Math.max(...Object.values(BLOCK_TAIL).map((tail) => (BLOCK_HEAD + block + tail).length));
  t.is(BLOCK_SLOT_BYTES, RESULT_HEAD_BYTES + longest + RESULT_TAIL_BYTES);
});

test('a slot that was given back is used again, and no two have it at once', (t) => {
  const slots = new BlockSlots();
  const first = slots.take();
  const second = slots.take();
  t.not(first.memory, second.memory);
  slots.give(first);
  t.is(slots.take(), first);
  t.is(slots.out, 2);
});

test('both sides of a slot are the same memory', (t) => {
  const { memory, bytes } = new BlockSlots().take();
  bytes[BLOCK_SLOT_BYTES - 1] = 7;
  t.is(new Uint8Array(memory)[BLOCK_SLOT_BYTES - 1], 7);
});

test('while many are out, none is given for what nobody has asked for', (t) => {
  const slots = new BlockSlots();
  const out = Array.from({ length: 64 }, () => slots.take());
  t.is(slots.takeAhead(), undefined);
  slots.give(out[0]!);
  t.truthy(slots.takeAhead());
  t.truthy(slots.take());
});

test('a burst of slots is not kept', (t) => {
  const slots = new BlockSlots();
  const out = Array.from({ length: 40 }, () => slots.take());
  for (const slot of out) slots.give(slot);
  const again = Array.from({ length: 40 }, () => slots.take());
  t.is(again.filter((slot) => out.includes(slot)).length, 16);
});
