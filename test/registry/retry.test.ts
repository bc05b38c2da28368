import test from 'ava';
import { CredentialError } from '#src/credentials/errors.js';
import { callTimedOut, environmentIdMissing, otherEnvironment, unreachable, unreadable } from '#src/registry/errors.js';
import { refusalOf } from '#src/registry/refusal.js';
import { registerUntilAnswered } from '#src/registry/registration.js';
import { isConnectRetried, isRegistrationRetried, isReregistrationRetried } from '#src/registry/retry.js';
import { answer } from './support/asked.js';
import { NEVER } from './support/world.js';

const refusal = (status: number, code?: string, retryAfter?: string) =>
  refusalOf(
    answer({ status, json: { error: { code } }, ...(retryAfter !== undefined && { retryAfter }) }),
    { instead: undefined, secrets: [] },
    0,
  );
const UNANSWERED = [callTimedOut(), unreachable(new URL('https://r.test'), undefined)];
const FINAL = [environmentIdMissing(), otherEnvironment(), unreadable(''), new Error('ours')];
const statuses = (list: readonly number[]) => list.map((status) => refusal(status));

test('a registration is tried again for two answers only', (t) => {
  t.true(isRegistrationRetried(refusal(502, 'authentication_service_unavailable')));
  t.true(isRegistrationRetried(refusal(503, 'registration_conflict')));
  t.true(isRegistrationRetried(new CredentialError('unavailable', '')));
  for (const error of [
    refusal(503, 'authentication_service_unavailable'),
    refusal(502, 'registration_conflict'),
    ...statuses([400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 302]),
    ...UNANSWERED,
    ...FINAL,
    new CredentialError('changed', ''),
    new CredentialError('expired', ''),
  ]) {
    t.false(isRegistrationRetried(error), String(error));
  }
});

test('an executor with running programs tries again whatever may pass', (t) => {
  for (const error of [
    ...UNANSWERED,
    ...statuses([408, 425, 429, 500, 502, 503, 599]),
    new CredentialError('expired', ''),
  ]) {
    t.true(isReregistrationRetried(error), String(error));
  }
  for (const error of [
    ...FINAL,
    ...statuses([400, 401, 403, 404, 409, 410, 422]),
    new CredentialError('changed', ''),
  ]) {
    t.false(isReregistrationRetried(error), String(error));
  }
});

test('a harness tries again what may pass, and an environment that is not there yet', (t) => {
  for (const error of [...UNANSWERED, ...statuses([408, 429, 500, 503]), refusal(409, 'environment_offline')]) {
    t.true(isConnectRetried(error), String(error));
  }
  for (const error of [...FINAL, ...statuses([400, 401, 403, 404, 409, 425]), refusal(404, 'environment_offline')]) {
    t.false(isConnectRetried(error), String(error));
  }
});

test('a registration goes on until the registry has answered, and heeds how long it is to wait', async (t) => {
  const failures = [
    refusal(503, 'registration_conflict'),
    refusal(502, 'authentication_service_unavailable', '30'),
    new CredentialError('unavailable', ''),
  ];
  const waits: number[] = [];
  const retries: unknown[] = [];
  const registration = { url: 'wss://r.test', registrationId: 'reg-1' };
  const attempt = async () => {
    const failure = failures.shift();
    if (failure) throw failure;
    return registration;
  };
  const options = {
    random: () => 0,
    sleep: async (ms: number) => void waits.push(ms),
    onRetry: (retry: unknown) => retries.push(retry),
  };
  t.is(await registerUntilAnswered(attempt, options, NEVER), registration);
  t.deepEqual(waits, [500, 30_000, 2_000]);
  t.deepEqual(retries, [
    { attempt: 0, delayMs: 500, status: 503 },
    { attempt: 1, delayMs: 30_000, status: 502 },
    { attempt: 2, delayMs: 2_000, status: undefined },
  ]);
});

test('a registration that fails for good is not waited for', async (t) => {
  const failure = refusal(500);
  const options = { random: () => 0, sleep: async () => t.fail() };
  t.is(await t.throwsAsync(registerUntilAnswered(() => Promise.reject(failure), options, NEVER)), failure);
});
