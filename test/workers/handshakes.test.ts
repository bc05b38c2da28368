/** What the thread for handshakes keeps of a task and of its answer: nothing. Its functions are called here as its pool calls them. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import test from 'ava';
import { transferableSymbol, valueSymbol } from 'piscina';
import { loadPrimitives } from '#src/noise/primitives.js';
import type { HandshakeOutcome, HandshakeStep, HandshakeTasks } from '#src/pool/handshake-calls.js';
import { flipped, Meeting, PLACE } from '#test/noise/support/meeting.js';
import { isWiped } from '#test/pool/support/secrets-left.js';
import * as worker from '#workers/handshakes.js';

const meeting = new Meeting(await loadPrimitives());

interface HandedOver<T> {
  readonly [transferableSymbol]: readonly ArrayBuffer[];
  readonly [valueSymbol]: HandshakeOutcome<T>;
}

/** The answer of a step, and the memory that goes with it. */
function run<S extends HandshakeStep>(step: S, task: HandshakeTasks[S]['task']) {
  const functions: Record<HandshakeStep, (task: never) => unknown> = worker;
  const handedOver = functions[step](task as never) as HandedOver<HandshakeTasks[S]['result']>;
  return { outcome: handedOver[valueSymbol], memory: handedOver[transferableSymbol] };
}

/** A task of each step that has one. */
function tasks(): { readonly [S in Exclude<HandshakeStep, 'identity'>]: HandshakeTasks[S]['task'] } {
  const { message, requested } = meeting.request();
  const received = () => meeting.receive(message).received;
  const [harness, executor] = structuredClone([meeting.harness, meeting.executor]) as [
    typeof meeting.harness,
    typeof meeting.executor,
  ];
  return {
    request: { identity: harness, responder: executor.publicKey, place: PLACE, authorization: 'auth' },
    receive: { identity: executor, place: PLACE, request: Uint8Array.from(message) },
    accept: { received: received() },
    reject: { received: received() },
    finish: { identity: harness, requested, response: meeting.accept(received()).message },
  };
}

const STEPS = ['request', 'receive', 'accept', 'reject', 'finish'] as const;

for (const step of STEPS) {
  test(`no secret of a task is left when it is done (${step})`, (t) => {
    const task = tasks()[step];
    t.false(isWiped(task));
    t.true('done' in run(step, task).outcome);
    t.true(isWiped(task));
  });

  test(`an answer takes all its memory along (${step})`, (t) => {
    const { outcome, memory } = run(step, tasks()[step]);
    const arrays = bytesOf(outcome);
    t.true(arrays.length > 0);
    t.deepEqual(new Set(arrays.map(({ buffer }) => buffer)), new Set<ArrayBufferLike>(memory));
    for (const { buffer, length } of arrays) t.is(buffer.byteLength, length);
  });
}

test('an identity takes all its memory along', (t) => {
  const { outcome, memory } = run('identity', undefined);
  t.is(bytesOf(outcome).length, 4);
  t.is(memory.length, 4);
});

test.serial('no secret of an answer is left behind', (t) => {
  const drawn: Buffer[] = [];
  const { randomBytes } = crypto;
  crypto.randomBytes = ((length: number) => {
    drawn.push(randomBytes(length));
    return drawn.at(-1);
  }) as typeof randomBytes;
  syncBuiltinESMExports();
  t.teardown(() => {
    crypto.randomBytes = randomBytes;
    syncBuiltinESMExports();
  });
  const { outcome } = run('identity', undefined);
  t.false(isWiped(outcome));
  t.true(drawn.length > 0);
  t.true(isWiped(drawn));
});

test('no secret of a task is left when it fails', (t) => {
  const { receive, finish } = tasks();
  const failing = { ...receive, request: flipped(receive.request, 0) };
  t.like(run('receive', failing).outcome, { failure: { code: 'handshakeFailed' } });
  t.true(isWiped(failing));
  const late = { ...finish, response: flipped(finish.response, finish.response.length * 8 - 1) };
  t.like(run('finish', late).outcome, { failure: { code: 'handshakeFailed' } });
  t.true(isWiped(late));
});

test('a fault of our own is none of the handshake, and leaves nothing either', (t) => {
  const task = { ...tasks().receive, place: undefined as never };
  t.throws(() => run('receive', task), { instanceOf: TypeError });
  t.true(isWiped(task));
});

function bytesOf(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(bytesOf) : [];
}
