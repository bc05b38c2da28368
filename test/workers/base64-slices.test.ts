import { randomBytes } from 'node:crypto';
import test from 'ava';
import { writeBase64 } from '#workers/base64-slices.js';

for (const length of [0, 1, 2, 3, 49_151, 49_152, 49_153, 49_154, 200_000]) {
  test(`${length} bytes are written as the text that Node makes of them at once`, (t) => {
    const bytes = randomBytes(length);
    const target = Buffer.alloc(300_000, '#');
    const end = writeBase64(bytes, target, 5);
    t.is(target.toString('latin1', 5, end), bytes.toString('base64'));
    t.is(target.toString('latin1', 0, 5) + target.toString('latin1', end, end + 5), '#'.repeat(10));
  });
}
