import { PassThrough } from 'node:stream';
import test from 'ava';
import { LineSink } from '#src/observation/line-sink.js';
import { LOG_QUEUE_BYTES } from '#src/protocol/limits.js';

const LINE = `${'x'.repeat(1023)}\n`;

test('lines that nobody takes are kept up to a bound, and those above it are counted', (t) => {
  const stream = new PassThrough({ highWaterMark: 1 });
  // What is written then stays in the stream.
  stream.cork();
  const sink = new LineSink(stream);
  const lines = LOG_QUEUE_BYTES / LINE.length + 10;
  for (let n = 0; n < lines; n++) sink.write(LINE);
  t.is(sink.lost, 9);
  t.is(stream.writableLength, LOG_QUEUE_BYTES + LINE.length);
});

test('flushed, everything has left', async (t) => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const sink = new LineSink(stream);
  for (let n = 0; n < 3; n++) sink.write(LINE);
  const flushed = sink.flush();
  stream.resume();
  await flushed;
  t.is(stream.writableLength, 0);
});

test('nobody waits for a stream that is over', async (t) => {
  const stream = new PassThrough();
  const sink = new LineSink(stream);
  sink.write(LINE);
  stream.destroy();
  await t.notThrowsAsync(sink.flush());
});
