import { inspect } from 'node:util';
import test from 'ava';
import type { Header } from '#src/credentials/source.js';
import type { RegistryError } from '#src/registry/errors.js';
import { asStreamId } from '#src/relay/stream-id.js';
import { asked, silent } from './support/asked.js';
import {
  APPLICANT,
  AUTHORIZATION,
  BUNDLE,
  credentials,
  KEY,
  NEVER,
  RECORD,
  REGISTRATION,
  registry,
  TOKEN,
} from './support/world.js';

test('an executor registers with its key', async (t) => {
  const { ask, questions } = asked({ json: REGISTRATION });
  t.deepEqual(await registry(ask).register(KEY, NEVER), { url: REGISTRATION.url, registrationId: 'reg-1' });
  t.is(questions.length, 1);
  const [question] = questions;
  t.is(question?.method, 'POST');
  t.is(question?.url.href, 'https://registry.test/api/cloud/environment/env-1/register');
  t.deepEqual(question?.headers, [
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${TOKEN}`],
  ]);
  t.is(question?.body, JSON.stringify({ security_profile: 'noise_hybrid_ik_v1', executor_public_key: RECORD }));
});

test('a harness asks for one connection', async (t) => {
  const { ask, questions } = asked({ json: BUNDLE });
  t.like(await registry(ask).connect(KEY, NEVER), { authorization: AUTHORIZATION, registrationId: 'reg-1' });
  t.is(questions[0]?.url.pathname, '/api/cloud/environment/env-1/connect');
  t.is(questions[0]?.body, JSON.stringify({ harness_public_key: RECORD }));
});

test('an executor asks about a harness, and tells ids of streams that are UUIDs', async (t) => {
  const { ask, questions } = asked({ json: { valid: false } });
  t.false(await registry(ask).validate(APPLICANT, NEVER));
  t.is(
    questions[0]?.body,
    JSON.stringify({
      executor_registration_id: 'reg-1',
      harness_public_key: RECORD,
      harness_key_authorization: AUTHORIZATION,
    }),
  );
  t.deepEqual(questions[0]?.headers.at(-1), ['x-codex-noise-stream-id', '3f2504e0-4f89-41d3-9a0c-0305e82c3301']);
  await registry(ask).validate({ ...APPLICANT, streamId: asStreamId('no uuid') }, NEVER);
  t.is(questions[1]?.headers.length, 2);
});

test('a redirect is an error', async (t) => {
  const { ask, questions } = asked({ status: 307, text: '' });
  const error = await t.throwsAsync<RegistryError>(registry(ask).register(KEY, NEVER));
  t.is(error?.message, 'environment registry request failed (307 Temporary Redirect): empty or malformed error body');
  t.is(questions.length, 1);
});

test('no answer is told without what was to be sent', async (t) => {
  const { ask } = asked(new Error('connect ECONNREFUSED'));
  const error = await t.throwsAsync<RegistryError>(registry(ask).register(KEY, NEVER));
  t.is(error?.code, 'unreachable');
  t.is(
    error?.message,
    'environment registry request failed: error sending request for url (https://registry.test/api/cloud/environment/env-1/register)',
  );
});

test('register and validate have 10 s, connect has 6 s', async (t) => {
  const limits: number[] = [];
  const deadline = (ms: number) => {
    limits.push(ms);
    return AbortSignal.abort();
  };
  const place = registry(silent, { deadline });
  for (const call of [place.register(KEY, NEVER), place.connect(KEY, NEVER), place.validate(APPLICANT, NEVER)]) {
    const error = await t.throwsAsync<RegistryError>(call);
    t.is(error?.code, 'timedOut');
    t.is(error?.message, 'environment registry request failed: route-aware request timed out');
  }
  t.deepEqual(limits, [10_000, 6_000, 10_000]);
});

test('a call that is no longer wanted ends, also while credentials are being made', async (t) => {
  const wanted = new AbortController();
  const call = registry(silent).register(KEY, wanted.signal);
  const waiting = registry(silent, { credentials: credentials({ headers: () => new Promise(() => {}) }) });
  const other = waiting.register(KEY, wanted.signal);
  const reason = new Error('enough');
  wanted.abort(reason);
  const [ended, otherEnded] = await Promise.allSettled([call, other]);
  t.like(ended, { status: 'rejected', reason });
  t.like(otherEnded, { status: 'rejected', reason });
  t.is(await t.throwsAsync(registry(silent).register(KEY, wanted.signal)), reason);
});

test('an answer that is too long is not read', async (t) => {
  const { ask } = asked({ json: REGISTRATION, isCut: true });
  const error = await t.throwsAsync<RegistryError>(registry(ask).register(KEY, NEVER));
  t.is(error?.code, 'unreadable');
});

/** Credentials that can be renewed so many times. */
function renewable(times: number) {
  const refused: (readonly Header[])[] = [];
  return {
    refused,
    source: credentials({
      headers: async () => [['authorization', `Bearer number-${refused.length}`]],
      after401: async (headers) => {
        refused.push(headers);
        return refused.length <= times;
      },
    }),
  };
}

test('after a 401 a call is made once more with new credentials, and no third time', async (t) => {
  const good = renewable(9);
  const { ask, questions } = asked({ status: 401, text: '' }, { json: REGISTRATION });
  await registry(ask, { credentials: good.source }).register(KEY, NEVER);
  t.deepEqual(
    questions.map(({ headers }) => headers[1]?.[1]),
    ['Bearer number-0', 'Bearer number-1'],
  );

  const bad = renewable(9);
  const refusing = asked({ status: 401, text: '' });
  await t.throwsAsync(registry(refusing.ask, { credentials: bad.source }).register(KEY, NEVER));
  t.is(refusing.questions.length, 2);
  t.is(bad.refused.length, 1);
});

test('without new credentials a 401 is final, and a 403 always', async (t) => {
  for (const [status, times] of [
    [401, 0],
    [403, 9],
  ] as const) {
    const { ask, questions } = asked({ status, text: '' });
    await t.throwsAsync(registry(ask, { credentials: renewable(times).source }).register(KEY, NEVER));
    t.is(questions.length, 1);
  }
  const { ask, questions } = asked({ status: 401, text: '' });
  await t.throwsAsync(registry(ask).register(KEY, NEVER));
  t.is(questions.length, 1);
});

test('no error has a secret in it, whatever the registry sends back', async (t) => {
  const secrets = [TOKEN, AUTHORIZATION, RECORD.x25519_public_key, RECORD.mlkem768_public_key, 'signature'];
  const echo = secrets.slice(0, 1).concat(RECORD.x25519_public_key, RECORD.mlkem768_public_key).join(' ');
  const answers = [
    { status: 401, text: echo },
    { status: 500, json: { error: { code: TOKEN, message: echo } } },
    { json: { ...BUNDLE, environment_id: echo } },
    { json: { ...BUNDLE, security_profile: echo } },
    { json: { ...BUNDLE, url: echo } },
    { json: { ...BUNDLE, executor_public_key: echo, valid: echo } },
    { text: echo },
  ];
  for (const said of answers) {
    const place = registry(asked(said).ask);
    for (const call of [place.register(KEY, NEVER), place.connect(KEY, NEVER), place.validate(APPLICANT, NEVER)]) {
      const told = inspect(await call.catch((error: unknown) => (error instanceof Error ? error : '')), { depth: 9 });
      if (told.includes('Error')) for (const secret of secrets) t.false(told.includes(secret), told);
    }
  }
});

test('of a validation no text of the registry is told', async (t) => {
  const { ask } = asked({ status: 500, json: { error: { message: 'its own words' } } });
  const error = await t.throwsAsync<RegistryError>(registry(ask).validate(APPLICANT, NEVER));
  t.is(
    error?.message,
    'environment registry request failed (500 Internal Server Error): environment registry harness key validation failed',
  );
});
