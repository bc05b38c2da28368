import test from 'ava';
import { unlessAborted } from '#src/http/unless-aborted.js';

const never = new Promise<never>(() => {});

test('without an abort it is the promise, and nothing listens any more', async (t) => {
  const { signal } = new AbortController();
  t.is(await unlessAborted(Promise.resolve(1), signal), 1);
  await t.throwsAsync(unlessAborted(Promise.reject(new Error('its own')), signal), { message: 'its own' });
});

test('an abort ends the wait with its reason', async (t) => {
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  controller.abort(new Error('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
});

test('after an abort nothing is waited for, and what fails then is nobody’s', async (t) => {
  const signal = AbortSignal.abort(new Error('enough'));
  await t.throwsAsync(unlessAborted(Promise.resolve(1), signal), { message: 'enough' });
  await t.throwsAsync(unlessAborted(Promise.reject(new Error('late')), signal), { message: 'enough' });
});
