import test from 'ava';
import { readBundle, readRegistration, readValidation } from '#src/registry/answers.js';
import { BUNDLE, KEY, RECORD, REGISTRATION } from './support/world.js';

const register = (change: object) => () => readRegistration(JSON.stringify({ ...REGISTRATION, ...change }), 'env-1');
const connect = (change: object) => () => readBundle(JSON.stringify({ ...BUNDLE, ...change }), 'env-1');

test('what is not known is ignored', (t) => {
  t.deepEqual(register({ more: 1 })(), { url: REGISTRATION.url, registrationId: 'reg-1' });
  const bundle = connect({ more: 1 })();
  t.is(bundle.authorization, BUNDLE.harness_key_authorization);
  t.deepEqual(Buffer.from(bundle.executorKey.x25519), Buffer.from(KEY.x25519));
});

const PROTOCOL = 'exec-server protocol error: ';
const JSON_ERROR = 'failed to serialize or deserialize exec-server JSON: ';
const INCOMPLETE = `${PROTOCOL}environment registry returned incomplete Noise connection data`;
for (const [change, text] of [
  [{ environment_id: 'env-2' }, `${PROTOCOL}environment registry returned a different environment id`],
  [{ security_profile: 'v2' }, `${PROTOCOL}environment registry returned unsupported security profile \`v2\``],
  [{ url: '' }, INCOMPLETE],
  [{ executor_registration_id: '' }, INCOMPLETE],
  [{ url: 'https://r.test' }, `${PROTOCOL}environment registry returned an invalid rendezvous URL`],
  [{ url: 'signature' }, `${PROTOCOL}environment registry returned an invalid rendezvous URL`],
  [{ url: 'ws://r.test/#' }, `${PROTOCOL}environment registry returned an invalid rendezvous URL`],
  [{ url: 1 }, `${JSON_ERROR}invalid field \`url\``],
  [{ url: undefined }, `${JSON_ERROR}missing field \`url\``],
] as const) {
  test(`both kinds of answers are checked: ${JSON.stringify(change)}`, (t) => {
    t.is(t.throws(register(change))?.message, text);
    t.is(t.throws(connect(change))?.message, text);
  });
}

const KEY_FAULT = `${PROTOCOL}invalid Noise channel public key: `;
for (const [change, text] of [
  [{ harness_key_authorization: '' }, INCOMPLETE],
  [{ executor_public_key: { ...RECORD, more: 1 } }, `${JSON_ERROR}unknown field`],
  [
    { executor_public_key: { suite: RECORD.suite } },
    `${JSON_ERROR}missing field \`executor_public_key.x25519_public_key\``,
  ],
  [{ executor_public_key: { ...RECORD, suite: 'x' } }, `${KEY_FAULT}unsupported Noise channel suite`],
  [{ executor_public_key: { ...RECORD, x25519_public_key: '' } }, `${KEY_FAULT}invalid X25519 public key length`],
] as const) {
  test(`what a harness is given is checked: ${text}`, (t) => {
    t.is(t.throws(connect(change))?.message, text);
  });
}

test('valid is true or false', (t) => {
  t.true(readValidation('{"valid":true,"more":1}'));
  t.false(readValidation('{"valid":false}'));
  for (const body of ['{"valid":1}', '{"valid":"true"}', '{}', 'null', '[true]', '']) {
    t.true(t.throws(() => readValidation(body))?.message.startsWith(JSON_ERROR));
  }
});

test('no fault quotes what was read', (t) => {
  for (const body of ['"SECRET"', '{"valid":"SECRET"}', '{"SECRET', 'SECRET', '["SECRET"]']) {
    t.false(t.throws(() => readValidation(body))?.stack?.includes('SECRET'));
    t.false(t.throws(() => readBundle(body, 'env-1'))?.stack?.includes('SECRET'));
  }
  const key = { ...RECORD, SECRET: 'SECRET' };
  t.false(t.throws(connect({ executor_public_key: key }))?.stack?.includes('SECRET'));
});
