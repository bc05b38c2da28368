/** Pieces of any size become blocks of one size. */
import test from 'ava';
import fc from 'fast-check';
import { BlockCutter } from '#src/client/files/block-cutter.js';
import { FILE_BLOCK_BYTES as BLOCK } from '#src/protocol/limits.js';

/** Each block copied when it comes, as it may be used again afterwards; the last one is what was left. */
function cutAll(pieces: readonly Uint8Array[]): Buffer[] {
  const cutter = new BlockCutter();
  const blocks = pieces.flatMap((piece) => Array.from(cutter.cut(piece), (block) => Buffer.from(block)));
  return [...blocks, Buffer.from(cutter.rest())];
}

test('small pieces wait until they fill a block', (t) => {
  const half = Buffer.alloc(BLOCK / 2, 1);
  t.deepEqual(
    cutAll([half, half, Buffer.from('x')]).map(({ length }) => length),
    [BLOCK, 1],
  );
});

test('a block that comes whole is not copied', (t) => {
  const piece = Buffer.alloc(2 * BLOCK);
  for (const block of new BlockCutter().cut(piece)) t.is(block.buffer, piece.buffer);
});

test('nothing in, nothing out', (t) => {
  t.deepEqual(cutAll([]), [Buffer.alloc(0)]);
  t.deepEqual(cutAll([Buffer.alloc(0)]), [Buffer.alloc(0)]);
});

test('whatever the pieces, the blocks are full, in order, and together what came in', (t) => {
  const length = fc.oneof(fc.integer({ min: 0, max: 3 * BLOCK }), fc.constantFrom(0, 1, BLOCK - 1, BLOCK, BLOCK + 1));
  fc.assert(
    fc.property(fc.array(length, { maxLength: 6 }), (lengths) => {
      const pieces = lengths.map((bytes, index) => Buffer.alloc(bytes, index + 1));
      const blocks = cutAll(pieces);
      t.true(blocks.slice(0, -1).every((block) => block.length === BLOCK));
      t.true(blocks.at(-1)!.length < BLOCK);
      t.true(Buffer.concat(blocks).equals(Buffer.concat(pieces)));
    }),
    { numRuns: 30 },
  );
});
