import test from 'ava';
import { Promptness } from '#src/files/promptness.js';

const SLOW_MS = 3;
const QUICK_MS = 1;

test('one slow call is an accident, two in a row are not', (t) => {
  const promptness = new Promptness();
  promptness.took(SLOW_MS);
  t.true(promptness.allows());
  promptness.took(SLOW_MS);
  t.false(promptness.allows());
});

test('a quick call between two slow ones forgives the first', (t) => {
  const promptness = new Promptness();
  promptness.took(SLOW_MS);
  promptness.took(QUICK_MS);
  promptness.took(SLOW_MS);
  t.true(promptness.allows());
});

test('after a thousand calls elsewhere it is tried again', (t) => {
  const promptness = new Promptness();
  promptness.took(SLOW_MS);
  promptness.took(SLOW_MS);
  const refused = Array.from({ length: 1000 }, () => promptness.allows());
  t.false(refused.includes(true));
  t.true(promptness.allows());
});

test('what the call gives or throws comes through', (t) => {
  const promptness = new Promptness();
  t.is(
    promptness.time(() => 7),
    7,
  );
  t.throws(
    () =>
      promptness.time(() => {
        throw new Error('failed');
      }),
    { message: 'failed' },
  );
});
