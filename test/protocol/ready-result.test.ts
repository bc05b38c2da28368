import test from 'ava';
import { encodeResult } from '#src/protocol/envelope.js';
import type { RequestId } from '#src/protocol/ids.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES, wrapReadyResult } from '#src/protocol/ready-result.js';

const RESULT = '{"chunk":"é","eof":true}';

/** The result with so much room around it. */
function ready(head: number, tail: number) {
  const memory = new Uint8Array(new SharedArrayBuffer(head + Buffer.byteLength(RESULT) + tail));
  const end = head + Buffer.from(memory.buffer).write(RESULT, head);
  return { memory, start: head, end };
}

for (const id of [1, 'a', 'é"\\', 2n ** 63n - 1n, 'x'.repeat(200)] satisfies RequestId[]) {
  test(`the envelope of ${String(id).slice(0, 20)} is written around the result, where it stands`, (t) => {
    const result = ready(RESULT_HEAD_BYTES, RESULT_TAIL_BYTES);
    const message = wrapReadyResult(id, result);
    t.is(Buffer.from(message).toString(), encodeResult(id, RESULT));
    t.is(message.buffer, result.memory.buffer);
  });
}

test('one that does not fit is put together elsewhere, and the memory stays as it is', (t) => {
  const result = ready(RESULT_HEAD_BYTES, RESULT_TAIL_BYTES);
  const before = Buffer.from(result.memory).toString('latin1');
  const id = 'x'.repeat(RESULT_HEAD_BYTES);
  t.is(Buffer.from(wrapReadyResult(id, result)).toString(), encodeResult(id, RESULT));
  t.is(Buffer.from(result.memory).toString('latin1'), before);
});

for (const [head, tail] of [
  [Buffer.byteLength('{"id":1,"result":'), 1],
  [Buffer.byteLength('{"id":1,"result":') - 1, 1],
  [RESULT_HEAD_BYTES, 0],
  [0, 0],
] as const) {
  test(`with room of ${head} and ${tail} bytes the message is the same`, (t) => {
    t.is(Buffer.from(wrapReadyResult(1, ready(head, tail))).toString(), encodeResult(1, RESULT));
  });
}
