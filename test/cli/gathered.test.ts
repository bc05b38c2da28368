import { PassThrough } from 'node:stream';
import test from 'ava';
import { gathered } from '#src/cli/gathered.js';

async function collect(source: AsyncIterable<Buffer>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of source) pieces.push(piece.toString());
  return pieces;
}

async function* from(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

test('pieces that come together are joined', async (t) => {
  t.deepEqual(await collect(gathered(from('a', 'b', 'c'), 100)), ['abc']);
});

test('a joined piece ends with the one that makes it long enough', async (t) => {
  t.deepEqual(await collect(gathered(from('aa', 'bb', 'cc', 'dd', 'e'), 4)), ['aabb', 'ccdd', 'e']);
});

test('a piece does not wait for one that does not come', async (t) => {
  const source = new PassThrough();
  source.write('typed');
  const pieces = gathered(source as AsyncIterable<Buffer>, 100);
  t.is((await pieces.next()).value?.toString(), 'typed');
  source.end('more');
  t.is((await pieces.next()).value?.toString(), 'more');
  t.true((await pieces.next()).done);
});

test('what came before a failure is given out first', async (t) => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.from('a');
    throw new Error('broken');
  }
  const pieces = gathered(failing(), 100);
  t.is((await pieces.next()).value?.toString(), 'a');
  await t.throwsAsync(() => pieces.next(), { message: 'broken' });
});
