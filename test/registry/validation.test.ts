import test from 'ava';
import { CredentialError } from '#src/credentials/errors.js';
import { validation } from '#src/registry/validation.js';
import { asked, silent } from './support/asked.js';
import { APPLICANT, credentials, NEVER, registry } from './support/world.js';

const never = () => NEVER;
const outcome = (said: Parameters<typeof asked>[0]) =>
  validation((signal) => registry(asked(said).ask).validate(APPLICANT, signal), NEVER, never);

for (const [said, expected] of [
  [{ json: { valid: true } }, { is: 'valid' }],
  [{ json: { valid: false } }, { is: 'invalid', reason: 'validation_protocol' }],
  [{ json: { valid: 'true' } }, { is: 'invalid', reason: 'validation_protocol' }],
  [{ status: 401, text: '' }, { is: 'executorRejected' }],
  [
    { status: 403, text: '' },
    { is: 'invalid', reason: 'registry_auth', status: 403 },
  ],
  [
    { status: 302, text: '' },
    { is: 'invalid', reason: 'registry_http', status: 302 },
  ],
  [
    { status: 500, text: '' },
    { is: 'invalid', reason: 'registry_http', status: 500 },
  ],
  [new Error('reset'), { is: 'invalid', reason: 'registry_request' }],
] as const) {
  test(`what the registry says decides: ${JSON.stringify(said)}`, async (t) =>
    t.deepEqual(await outcome(said), expected));
}

test('an executor without credentials asks nobody', async (t) => {
  const expired = credentials({ headers: () => Promise.reject(new CredentialError('expired', '')) });
  const { ask, questions } = asked({ json: { valid: true } });
  const place = registry(ask, { credentials: expired });
  const validated = await validation((signal) => place.validate(APPLICANT, signal), NEVER, never);
  t.deepEqual(validated, { is: 'invalid', reason: 'registry_auth' });
  t.is(questions.length, 0);
});

test('one request that takes too long, and all of it', async (t) => {
  const passed = () => AbortSignal.abort(new Error('time'));
  const slow = registry(async (_question, signal) => signal.throwIfAborted() as never, { deadline: passed });
  const request = await validation((signal) => slow.validate(APPLICANT, signal), NEVER, never);
  t.deepEqual(request, { is: 'invalid', reason: 'registry_request_timeout' });
  const whole = await validation((signal) => registry(silent).validate(APPLICANT, signal), NEVER, passed);
  t.deepEqual(whole, { is: 'invalid', reason: 'validation_timeout' });
});

test('an error of our own lets nobody in', async (t) => {
  const validated = await validation(() => Promise.reject(new TypeError('ours')), NEVER, never);
  t.deepEqual(validated, { is: 'invalid', reason: 'validator_task_failed' });
});
