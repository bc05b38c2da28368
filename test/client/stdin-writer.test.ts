import test from 'ava';
import fc from 'fast-check';
import { StdinWriter, WAITING_WRITES } from '#src/client/stdin-writer.js';
import { STDIN_WRITE_BYTES } from '#src/protocol/limits.js';

test('writes go out one after the other, whole and in order, each under an id of its own', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }), async (inputs) => {
      const sent: [string, Buffer][] = [];
      let busy = false;
      const writer = new StdinWriter(async (writeId, bytes) => {
        t.false(busy, 'one at a time');
        busy = true;
        await Promise.resolve();
        busy = false;
        sent.push([writeId, Buffer.from(bytes)]);
        return 'accepted';
      });
      await Promise.all(inputs.map((input) => writer.write(input)));
      t.deepEqual(Buffer.concat(sent.map(([, bytes]) => bytes)), Buffer.concat(inputs));
      t.deepEqual(
        sent.map(([writeId]) => writeId),
        sent.map((_, index) => String(index + 1)),
      );
    }),
  );
});

test('input of 256 KiB is one request, one byte more is two', async (t) => {
  const sizes: number[] = [];
  const writer = new StdinWriter(async (_, bytes) => {
    sizes.push(bytes.length);
    return 'accepted';
  });
  await writer.write(Buffer.alloc(STDIN_WRITE_BYTES));
  await writer.write(Buffer.alloc(STDIN_WRITE_BYTES + 1));
  t.deepEqual(sizes, [STDIN_WRITE_BYTES, STDIN_WRITE_BYTES, 1]);
});

test('a text is sent as UTF-8, and nothing at all costs no request', async (t) => {
  const sent: string[] = [];
  const writer = new StdinWriter(async (_, bytes) => {
    sent.push(Buffer.from(bytes).toString('hex'));
    return 'accepted';
  });
  await writer.write('é');
  await writer.write('');
  t.deepEqual(sent, ['c3a9']);
});

test('1024 writes may wait, one more is refused, and there is room again afterwards', async (t) => {
  let accept: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    accept = resolve;
  });
  const writer = new StdinWriter(async () => {
    await gate;
    return 'accepted';
  });
  const waiting = Array.from({ length: WAITING_WRITES }, () => writer.write('x'));
  await t.throwsAsync(writer.write('x'), { code: 'TOO_MANY_WRITES' });
  accept?.();
  await Promise.all(waiting);
  await t.notThrowsAsync(writer.write('x'));
});

test('a write that is not accepted fails alone', async (t) => {
  const statuses = ['starting', 'accepted'] as const;
  let calls = 0;
  const writer = new StdinWriter(async () => statuses[calls++] ?? 'accepted');
  const [first, second] = [writer.write('a'), writer.write('b')];
  await t.throwsAsync(first, { code: 'STDIN_CLOSED', message: /starting/ });
  await t.notThrowsAsync(second);
});
