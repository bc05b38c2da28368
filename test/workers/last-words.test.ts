/** The exit of a confined process whose streams others still hold, with a test at the other end of them. */
import { closeSync, writeSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { FromWorker } from '#src/pool/calls.js';
import { OUTPUT_CHUNK_BYTES } from '#src/protocol/limits.js';
import { RingPool } from '#src/rings/ring-pool.js';
import { FrameSlots } from '#workers/frame-slots.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import { SupervisedProcess } from '#workers/supervised-process.js';

process.removeAllListeners('warning');

/** A free process that has been reaped, and what is told of it. */
function scene(t: ExecutionContext) {
  const { read, write } = createPosixSpawner()!.createPipe();
  const told: FromWorker[] = [];
  let closed = false;
  const close = () => {
    if (!closed) closeSync(write);
    closed = true;
  };
  const exited = new Promise<Extract<FromWorker, { tell: 'exited' }>>((resolve) => {
    const share = {
      staging: Buffer.allocUnsafeSlow(OUTPUT_CHUNK_BYTES),
      buffers: { take: () => new Uint8Array(OUTPUT_CHUNK_BYTES), give: () => {} },
      slots: new FrameSlots(() => {}),
      rings: new RingPool(),
      tell: (note: FromWorker) => {
        told.push(note);
        if (note.tell === 'exited') resolve(note);
      },
      tickSoon: () => {},
      kill: () => {},
      atEndOfOutput: () => {},
    };
    const child = { pid: 2 ** 22 + 1, outputs: [{ stream: 'stdout' as const, fd: read }], input: undefined };
    const parts = { key: 1, id: 'p', child, mark: undefined, watched: false, isConfined: true, sandbox: undefined };
    const it = new SupervisedProcess(parts, share);
    it.reaped();
    t.teardown(() => it.abandon());
    t.teardown(close);
    it.exited({ status: { exitCode: 1 }, used: undefined });
  });
  return { told, exited, say: (text: string) => writeSync(write, text), close };
}

const kinds = (told: readonly FromWorker[]) => told.map(({ tell }) => tell).filter((tell) => tell !== 'ring');

test('one more word that comes in time counts, and the exit stands behind it', async (t) => {
  const { told, exited, say } = scene(t);
  t.deepEqual(told, []);
  say('Permission denied');
  t.true((await exited).sandboxDenied);
  t.deepEqual(kinds(told), ['output', 'exited']);
});

test('it is one word that is waited for, whatever it says', async (t) => {
  const { told, exited, say, close } = scene(t);
  say('x');
  t.false((await exited).sandboxDenied);
  say('Permission denied');
  close();
  t.deepEqual(kinds(told), ['output', 'exited']);
});

test('the end of all streams ends the waiting', async (t) => {
  const { told, exited, close } = scene(t);
  close();
  t.false((await exited).sandboxDenied);
  t.deepEqual(kinds(told).slice(0, 1), ['exited']);
});

test('silence ends it, too', async (t) => {
  const { told, exited } = scene(t);
  t.false((await exited).sandboxDenied);
  t.deepEqual(kinds(told), ['exited']);
});
