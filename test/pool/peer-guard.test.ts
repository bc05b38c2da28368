import test from 'ava';
import { PeerGuard } from '#src/pool/peer-guard.js';
import { HELD_CONNECTIONS } from '#src/protocol/limits.js';
import type { ConnectionEnds } from '#src/transport/admission.js';

const from = (peerPort: number): ConnectionEnds => ({
  peerAddress: '127.0.0.1',
  peerPort,
  ownAddress: '127.0.0.1',
  ownPort: 1,
});

/** A guard whose looks are answered by the test: what was asked, and how to answer. */
function guarded(mayConnect = true) {
  const looks: { readonly ports: number[]; answer(verdicts: readonly boolean[]): void; fail(): void }[] = [];
  const guard = new PeerGuard({
    sandboxes: { mayConnect },
    judge: (connections) =>
      new Promise((answer, reject) =>
        looks.push({
          ports: connections.map(({ peerPort }) => peerPort),
          answer,
          fail: () => reject(new Error('no such table')),
        }),
      ),
  });
  return { guard, looks };
}

test('without a sandbox that could connect nobody waits', (t) => {
  const { guard, looks } = guarded(false);
  t.true(guard.admit(from(1)));
  t.deepEqual(looks, []);
});

test('connections that come during a look are judged together in the next', async (t) => {
  const { guard, looks } = guarded();
  const verdicts = [1, 2, 3].map((port) => guard.admit(from(port)));
  t.deepEqual(
    looks.map(({ ports }) => ports),
    [[1]],
  );
  looks[0]!.answer([true]);
  t.true(await verdicts[0]);
  t.deepEqual(
    looks.map(({ ports }) => ports),
    [[1], [2, 3]],
  );
  looks[1]!.answer([false, true]);
  t.deepEqual(await Promise.all(verdicts), [true, false, true]);
});

test('a look that fails refuses those it was for, and the next is tried', async (t) => {
  const { guard, looks } = guarded();
  const first = guard.admit(from(1));
  const second = guard.admit(from(2));
  looks[0]!.fail();
  t.false(await first);
  looks[1]!.answer([true]);
  t.true(await second);
});

test('a verdict that is missing refuses', async (t) => {
  const { guard, looks } = guarded();
  const verdict = guard.admit(from(1));
  looks[0]!.answer([]);
  t.false(await verdict);
});

test('no more connections are held than may be', async (t) => {
  const { guard, looks } = guarded();
  const held = Array.from({ length: HELD_CONNECTIONS }, (_, port) => guard.admit(from(port)));
  t.false(guard.admit(from(1)));
  looks[0]!.answer([true]);
  t.true(await held[0]);
  const next = guard.admit(from(2));
  looks[1]!.answer(held.slice(1).map(() => true));
  t.deepEqual(new Set(await Promise.all(held)), new Set([true]));
  looks[2]?.answer([true]);
  t.true(await next);
});
