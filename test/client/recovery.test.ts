import test from 'ava';
import fc from 'fast-check';
import { type Recovery, type RecoveryEffect, type RecoveryInput, stepRecovery } from '#src/client/recovery.js';

const run = (start: Recovery, ...inputs: readonly RecoveryInput[]) => {
  let state = start;
  const effects: RecoveryEffect[] = [];
  for (const input of inputs) {
    const [next, wanted] = stepRecovery(state, input);
    state = next;
    effects.push(...wanted);
  }
  return { state, effects };
};

const connected: Recovery = { state: 'connected', sessionId: 's' };
const recovering: Recovery = { state: 'recovering', sessionId: 's', loss: 'gone', deadlineMs: 45_000, failed: 0 };
const failed: Recovery = { state: 'failed', message: 'm' };
const lost = { type: 'lost', loss: 'gone', deadlineMs: 45_000, brief: false } as const;
const down = (worthAnotherTry: boolean) => ({ type: 'down', cause: 'why', worthAnotherTry }) as const;

test('the first attempt decides between connected and failed', (t) => {
  t.deepEqual(run({ state: 'connecting' }, { type: 'up', sessionId: 's' }).state, connected);
  t.deepEqual(run({ state: 'connecting' }, down(true)).state, { state: 'failed', message: 'why' });
});

test('a loss starts an attempt to resume at once and the time that it may take', (t) => {
  t.deepEqual(run(connected, lost), {
    state: recovering,
    effects: [
      { do: 'deadlineIn', ms: 45_000 },
      { do: 'attempt', resume: 's' },
    ],
  });
});

test('the loss of a link that had hardly begun waits before the first attempt, as after one that failed', (t) => {
  t.deepEqual(run(connected, { ...lost, brief: true }, { type: 'retryDue' }), {
    state: { ...recovering, failed: 1 },
    effects: [
      { do: 'deadlineIn', ms: 45_000 },
      { do: 'retry', failed: 1 },
      { do: 'attempt', resume: 's' },
    ],
  });
});

test('a failed attempt is repeated after a wait when that may help, and failed ones are counted', (t) => {
  t.deepEqual(run(recovering, down(true), { type: 'retryDue' }, down(true), { type: 'retryDue' }), {
    state: { ...recovering, failed: 2 },
    effects: [
      { do: 'retry', failed: 1 },
      { do: 'attempt', resume: 's' },
      { do: 'retry', failed: 2 },
      { do: 'attempt', resume: 's' },
    ],
  });
});

test('each loss is counted anew', (t) => {
  const again = run({ ...recovering, failed: 7 }, { type: 'up', sessionId: 's' }, lost, down(true));
  t.deepEqual(again.effects.at(-1), { do: 'retry', failed: 1 });
});

test('an attempt that cannot help ends the session', (t) => {
  const message = 'gone; failed to resume exec-server session: why';
  t.deepEqual(run(recovering, down(false)), {
    state: { state: 'failed', message },
    effects: [{ do: 'clearDeadline' }, { do: 'failSession', message }],
  });
});

for (const [deadlineMs, told] of [
  [45_000, '45s'],
  [75_000, '75s'],
] as const) {
  test(`the deadline of ${told} breaks off the attempt and ends the session`, (t) => {
    const message = `gone; failed to resume exec-server session: recovery timed out after ${told}`;
    t.deepEqual(run(connected, { ...lost, deadlineMs }, { type: 'deadline' }), {
      state: { state: 'failed', message },
      effects: [
        { do: 'deadlineIn', ms: deadlineMs },
        { do: 'attempt', resume: 's' },
        { do: 'stopAttempts' },
        { do: 'failSession', message },
      ],
    });
  });
}

test('a recovered session can be lost again', (t) => {
  t.deepEqual(run(recovering, { type: 'up', sessionId: 's' }, lost).state, recovering);
});

test('what cannot be dialled again, or has no session, fails at the loss', (t) => {
  t.is(run(connected, { ...lost, deadlineMs: undefined }).state.state, 'failed');
  t.is(run({ state: 'connected', sessionId: undefined }, lost).state.state, 'failed');
});

test('the next operation after a failure starts a fresh session', (t) => {
  t.deepEqual(run(failed, { type: 'wanted' }, { type: 'wanted' }), {
    state: { state: 'connecting' },
    effects: [{ do: 'attempt', resume: undefined }],
  });
});

test('close stops what is under way and is final', (t) => {
  t.deepEqual(run(recovering, { type: 'close' }), {
    state: { state: 'closed' },
    effects: [{ do: 'clearDeadline' }, { do: 'stopAttempts' }],
  });
  t.deepEqual(run({ state: 'closed' }, { type: 'wanted' }, lost, { type: 'close' }), {
    state: { state: 'closed' },
    effects: [],
  });
});

test('in any story a timer is only left running while recovering', (t) => {
  const input = fc.oneof(
    fc.constantFrom<RecoveryInput>(
      { type: 'wanted' },
      { type: 'up', sessionId: 's' },
      { type: 'retryDue' },
      { type: 'deadline' },
      lost,
      { type: 'close' },
    ),
    fc.boolean().map(down),
  );
  fc.assert(
    fc.property(fc.array(input), (inputs) => {
      let state: Recovery = failed;
      let deadline = false;
      for (const each of inputs) {
        const [next, effects] = stepRecovery(state, each);
        state = next;
        if (each.type === 'deadline') deadline = false;
        for (const effect of effects) {
          if (effect.do === 'deadlineIn') deadline = true;
          if (effect.do === 'clearDeadline') deadline = false;
        }
        // The driver's deadline fires only while it is set, so a stray one in this story clears nothing real.
        if (state.state !== 'recovering') t.false(deadline);
      }
    }),
  );
});
