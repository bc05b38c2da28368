/** What a registry may answer to an executor that registers, and what comes of it. */
import test from 'ava';
import { RegistryError } from '#src/registry/errors.js';
import type { Script } from './support/registry.js';
import { ENVIRONMENT } from './support/surroundings.js';
import { World } from './support/world.js';

/** Nobody comes so far. */
const accept = () => {
  throw new Error('there is no stream');
};

const error = (code: string, message: string) => ({ error: { code, message } });
const registered = (other: object): Script => ({
  json: {
    environment_id: ENVIRONMENT,
    url: 'ws://127.0.0.1:9/ws?sig=signature-of-a-url-that-is-not-told',
    security_profile: 'noise_hybrid_ik_v1',
    executor_registration_id: 'reg-1',
    ...other,
  },
});
const failed = 'environment registry request failed';
const notAuthenticated = 'environment registry authentication error: environment registry authentication failed';
const protocol = 'exec-server protocol error: environment registry returned';

type Refusal = readonly [what: string, script: Script, text: string];

const REFUSALS: readonly Refusal[] = [
  ['400', { status: 400, json: error('bad', 'no such thing') }, `${failed} (400 Bad Request, bad): no such thing`],
  ['401', { status: 401, json: error('bad', 'who?') }, `${notAuthenticated} (401 Unauthorized): who?`],
  ['403', { status: 403, text: ' not you ' }, `${notAuthenticated} (403 Forbidden): not you`],
  ['404', { status: 404 }, `${failed} (404 Not Found): empty or malformed error body`],
  [
    '409',
    { status: 409, json: error('environment_offline', 'off') },
    `${failed} (409 Conflict, environment_offline): off`,
  ],
  ['410', { status: 410, text: 'gone' }, `${failed} (410 Gone): gone`],
  ['422', { status: 422, text: '{"error":{}}' }, `${failed} (422 Unprocessable Entity): {"error":{}}`],
  [
    '429',
    { status: 429, headers: { 'retry-after': '1' } },
    `${failed} (429 Too Many Requests): empty or malformed error body`,
  ],
  ['500', { status: 500, text: 'oh' }, `${failed} (500 Internal Server Error): oh`],
  [
    '502 for another cause',
    { status: 502, json: error('registration_conflict', 'oh') },
    `${failed} (502 Bad Gateway, registration_conflict): oh`,
  ],
  [
    '503 for another cause',
    { status: 503, json: error('authentication_service_unavailable', 'oh') },
    `${failed} (503 Service Unavailable, authentication_service_unavailable): oh`,
  ],
  [
    'a redirect',
    { status: 307, headers: { location: '/cloud/environment/env-1/register' } },
    `${failed} (307 Temporary Redirect): empty or malformed error body`,
  ],
  ['no JSON', { text: 'welcome' }, 'failed to serialize or deserialize exec-server JSON: '],
  ['JSON of another kind', { json: { url: 7 } }, 'failed to serialize or deserialize exec-server JSON: '],
  ['nothing', { text: '' }, 'failed to serialize or deserialize exec-server JSON: '],
  ['another environment', registered({ environment_id: 'env-2' }), `${protocol} a different environment id`],
  ['another profile', registered({ security_profile: 'plain' }), `${protocol} unsupported security profile \`plain\``],
  ['no URL', registered({ url: '' }), `${protocol} incomplete Noise connection data`],
  ['no registration id', registered({ executor_registration_id: '' }), `${protocol} incomplete Noise connection data`],
  [
    'a URL that is no WebSocket’s',
    registered({ url: 'http://127.0.0.1:9/?sig=signature-of-a-url-that-is-not-told' }),
    `${protocol} an invalid rendezvous URL`,
  ],
  ['no answer', 'cut', `${failed}: `],
];

for (const [what, script, text] of REFUSALS) {
  test.serial(`${what}: the executor ends, and says why`, async (t) => {
    await using world = await World.open({ accept, registrations: [script] });
    world.secrets.keep('a URL', 'signature-of-a-url-that-is-not-told');
    const over = await world.ended;
    if (!(over instanceof RegistryError)) return t.fail(String(over));
    t.true(over.message.startsWith(text), over.message);
    if (!text.endsWith(': ')) t.is(over.message, text);
    t.is(world.registry.calls.length, 1);
    t.deepEqual(world.rendezvous.upgrades, []);
    t.deepEqual(world.log, []);
  });
}

test('a registry that is about to be able to is asked again, with the same key', async (t) => {
  await using world = await World.open({
    accept,
    registrations: [
      { status: 502, json: error('authentication_service_unavailable', 'soon') },
      { status: 503, json: error('registration_conflict', 'soon') },
    ],
  });
  await world.until(() => world.told('connected').length === 1);
  t.like(world.log, [
    { event: 'registrationRetry', attempt: 0, status: 502 },
    { event: 'registrationRetry', attempt: 1, status: 503 },
    { event: 'registered' },
    { event: 'connected', connectionAttempt: 1 },
  ]);
  const [first, second] = world.told('registrationRetry').map(({ delayMs }) => delayMs);
  t.true(first! >= 500 && first! <= 750 && second! >= 1_000 && second! <= 1_500, `${first}, ${second}`);
  const keys = world.registry.calls.map(({ body }) => body.executor_public_key);
  t.is(keys.length, 3);
  t.deepEqual(keys[1], keys[0]);
  t.deepEqual(keys[2], keys[0]);
});

test('a registration says who and what, and no more', async (t) => {
  await using world = await World.open({ accept });
  await world.link();
  const [{ path, headers, body }] = world.registry.calls as [(typeof world.registry.calls)[0]];
  t.is(path, '/cloud/environment/env-1/register');
  t.deepEqual(Object.keys(body), ['security_profile', 'executor_public_key']);
  t.deepEqual(Object.keys(headers).sort(), ['accept', 'authorization', 'content-length', 'content-type', 'host']);
});

test('an executor that is to end while it registers ends', async (t) => {
  await using world = await World.open({ accept, registrations: ['never'] });
  await world.until(() => world.registry.calls.length === 1);
  t.is(await world.stop(), 'resolved');
  await world.happenings.until(() => world.registry.calls[0]!.isAbandoned);
});

test('so does one that waits to register again, however long it was told to', async (t) => {
  const soon = { status: 503, json: error('registration_conflict', 'soon'), headers: { 'retry-after': '60' } };
  await using world = await World.open({ accept, registrations: [soon] });
  await world.until(() => world.told('registrationRetry').length === 1);
  t.is(world.told('registrationRetry')[0]!.delayMs, 60_000);
  t.is(await world.stop(), 'resolved');
});

test('so does one that has not begun', async (t) => {
  await using world = await World.open({ accept });
  t.is(await world.stop(), 'resolved');
  t.deepEqual(world.log, []);
});
