import { openSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { BlockReader } from '#src/files/block-reader.js';
import { Descriptor } from '#src/files/descriptor.js';
import { stampOf } from '#src/files/file-stamp.js';
import { Promptness } from '#src/files/promptness.js';
import { BlockSlots } from '#src/pool/block-slots.js';
import type { FileOperation, FileTasks } from '#src/pool/file-calls.js';
import { internalError } from '#src/protocol/errors.js';
import { Turns } from '#src/rpc/turns.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const BLOCK = 10;
const FILE_BYTES = 100;
const LONG_AGO_MS = 60_000;

type Task = FileTasks['readBlock']['task'];
type Result = FileTasks['readBlock']['result'];

/** A reader over a real file whose worker is the test: it sees what is asked, and answers when it likes. */
function scene({ turns = 4, ahead = 8, isOld = true } = {}) {
  const folder = new TemporaryFolder();
  const path = folder.file('file');
  writeFileSync(path, Buffer.alloc(FILE_BYTES, 1));
  const fd = openSync(path, 'r');
  const asked: { task: Task; resolve(result: Result): void; reject(error: Error): void }[] = [];
  const pool = {
    run: <O extends FileOperation>(_operation: O, task: FileTasks[O]['task']) =>
      new Promise<FileTasks[O]['result']>((resolve, reject) => {
        asked.push({ task: task as Task, resolve: resolve as (result: Result) => void, reject });
      }),
  };
  const share = {
    pool,
    slots: new BlockSlots(),
    turns: new Turns(turns),
    ahead: new Turns(ahead),
    promptness: new Promptness(),
  };
  const descriptor = new Descriptor(fd);
  const reader = new BlockReader(descriptor, share);

  /** Offsets that the worker was asked for since this was last looked at. */
  let seen = 0;
  const newlyAsked = () => {
    const offsets = asked.slice(seen).map(({ task }) => Number(task.offset));
    seen = asked.length;
    return offsets;
  };
  /** The worker answers the request for this offset. */
  const answer = async (offset: number) => {
    const { task, resolve } = asked.findLast(({ task }) => task.offset === offset)!;
    const now = isOld ? Date.now() + LONG_AGO_MS : Date.now() - LONG_AGO_MS;
    const stamp = stampOf(statSync(path, { bigint: true }), now);
    resolve({ start: offset, end: offset + task.length, eof: offset + task.length > FILE_BYTES, stamp });
    await settle();
  };
  /** Reads a block to the end, as if the socket had taken it at once. Out: its place, as the worker said it. */
  const readWhole = async (offset: number) => {
    const reply = reader.read({ offset, length: BLOCK });
    await settle();
    if (asked.at(-1)?.task.offset === offset) await answer(offset);
    const { start, sent } = await reply;
    sent!();
    return start;
  };
  const dispose = () => {
    void descriptor.close();
    folder[Symbol.dispose]();
  };
  return {
    path,
    reader,
    descriptor,
    share,
    asked,
    newlyAsked,
    answer,
    readWhole,
    [Symbol.dispose]: dispose,
  };
}

const settle = () => new Promise(setImmediate);

test('a block read ahead is read again, and leaves no slot behind, when the file cannot be looked at any more', async (t) => {
  using world = scene();
  await world.readWhole(0);
  await world.answer(10);
  await world.answer(20);
  world.descriptor.stats = () => {
    throw Object.assign(new Error('EIO: i/o error, fstat'), { errno: -5 });
  };
  world.newlyAsked();
  const reply = world.reader.read({ offset: 10, length: BLOCK });
  await settle();
  t.deepEqual(world.newlyAsked(), [10]);
  await world.answer(10);
  world.reader.end();
  await world.descriptor.close();
  (await reply).sent!();
  t.is(world.share.slots.out, 0);
});

test('who begins at the front gets the next two blocks read ahead, when the first has left', async (t) => {
  using world = scene();
  const reply = world.reader.read({ offset: 0, length: BLOCK });
  await settle();
  await world.answer(0);
  const { sent } = await reply;
  t.deepEqual(world.newlyAsked(), [0]);
  sent!();
  t.deepEqual(world.newlyAsked(), [10, 20]);
});

test('a block that was read ahead is not read again, and the one behind the next is begun', async (t) => {
  using world = scene();
  await world.readWhole(0);
  await world.answer(10);
  await world.answer(20);
  world.newlyAsked();
  t.is(await world.readWhole(10), 10);
  t.deepEqual(world.newlyAsked(), [30]);
});

test('one that is still being read is waited for', async (t) => {
  using world = scene();
  await world.readWhole(0);
  world.newlyAsked();
  const reply = world.reader.read({ offset: 10, length: BLOCK });
  await settle();
  t.deepEqual(world.newlyAsked(), []);
  await world.answer(10);
  t.is((await reply).start, 10);
});

test('nothing is read ahead of who jumps, nor at the end of the file', async (t) => {
  using world = scene();
  await world.readWhole(50);
  t.deepEqual(world.newlyAsked(), [50]);
  await world.readWhole(60);
  t.deepEqual(world.newlyAsked(), [60, 70, 80]);
  await world.answer(70);
  await world.answer(80);
  await world.readWhole(70);
  t.deepEqual(world.newlyAsked(), [90]);
  await world.answer(90);
  await world.readWhole(80);
  await world.readWhole(90);
  t.deepEqual(world.newlyAsked(), []);
});

test('what was read ahead in vain gives its slots back', async (t) => {
  using world = scene();
  await world.readWhole(0);
  await world.answer(10);
  t.is(world.share.slots.out, 2);
  const reply = world.reader.read({ offset: 50, length: BLOCK });
  await settle();
  await world.answer(20);
  await world.answer(50);
  (await reply).sent!();
  t.is(world.share.slots.out, 0);
});

test('a block is read again when the file has changed since it was read ahead', async (t) => {
  using world = scene();
  await world.readWhole(0);
  await world.answer(10);
  await world.answer(20);
  world.newlyAsked();
  utimesSync(world.path, 5, 5);
  const reply = world.reader.read({ offset: 10, length: BLOCK });
  await settle();
  t.deepEqual(world.newlyAsked(), [10]);
  await world.answer(10);
  t.is((await reply).start, 10);
});

test('nothing is read ahead in a file that has just changed', async (t) => {
  using world = scene({ isOld: false });
  await world.readWhole(0);
  t.deepEqual(world.newlyAsked(), [0]);
  t.is(world.share.slots.out, 0);
});

test('a read of the same file that waits comes first', async (t) => {
  using world = scene();
  const first = world.reader.read({ offset: 0, length: BLOCK });
  const second = world.reader.read({ offset: 10, length: BLOCK });
  await settle();
  await world.answer(0);
  (await first).sent!();
  t.deepEqual(world.newlyAsked(), [0, 10]);
  await world.answer(10);
  (await second).sent!();
  t.deepEqual(world.newlyAsked(), [20, 30]);
});

test('without a free turn, or a place among those read ahead, nothing is', async (t) => {
  for (const limits of [{ turns: 1 }, { ahead: 0 }]) {
    using world = scene(limits);
    const busy = 'turns' in limits;
    const reply = world.reader.read({ offset: 0, length: BLOCK });
    await settle();
    const waiting = busy ? world.share.turns.take() : undefined;
    await world.answer(0);
    (await reply).sent!();
    t.deepEqual(world.newlyAsked(), [0]);
    t.is(world.share.slots.out, 0);
    (await waiting)?.();
    t.truthy(world.share.turns.takeNow());
  }
});

test('a read that fails gives its slot and its turn back', async (t) => {
  using world = scene({ turns: 1 });
  const reply = world.reader.read({ offset: 0, length: BLOCK });
  await settle();
  world.asked[0]!.reject(internalError('broken'));
  await t.throwsAsync(reply, { message: 'broken' });
  t.is(world.share.slots.out, 0);
  t.truthy(world.share.turns.takeNow());
});

test('a block that could not be read ahead is tried when it is asked for', async (t) => {
  using world = scene();
  await world.readWhole(0);
  for (const { reject } of world.asked.slice(1)) reject(internalError('broken'));
  await settle();
  t.is(world.share.slots.out, 0);
  world.newlyAsked();
  t.is(await world.readWhole(10), 10);
  t.is(world.newlyAsked()[0], 10);
});

test('at the end nothing stays: neither what was read ahead nor the descriptor', async (t) => {
  using world = scene();
  await world.readWhole(0);
  await world.answer(10);
  world.reader.end();
  const closed = world.descriptor.close();
  await world.answer(20);
  await closed;
  t.is(world.share.slots.out, 0);
  t.is(world.share.turns.takeNow() && world.share.ahead.takeNow() && 'free', 'free');
});
