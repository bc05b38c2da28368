/** Harnesses that are not what they say, and messages that are not theirs. Each is reset, and the next one comes in. */
import { randomUUID } from 'node:crypto';
import test from 'ava';
import { Executor } from '#src/executor.js';
import { RELAY_AUTHORIZATION_BYTES } from '#src/protocol/limits.js';
import type { DiagnosticReason } from '#src/relay/diagnostics.js';
import type { Asking, Harness, Outcome } from './support/harness.js';
import type { ExecutorEnd } from './support/rendezvous.js';
import { World } from './support/world.js';

const executor = new Executor();
test.after.always(() => executor.close());

interface Scene {
  readonly world: World;
  readonly link: ExecutorEnd;
  readonly harness: Harness;
}

type Attack = readonly [what: string, reason: DiagnosticReason, attack: (scene: Scene) => Promise<Outcome>];

/** A message 1 of which the test changes the bytes. */
const changed =
  (change: (message: Buffer) => Uint8Array) =>
  ({ link, harness }: Scene): Promise<Outcome> => {
    const asking = harness.ask();
    return harness.knock(link, { ...asking, message: change(Buffer.from(asking.message)) });
  };

const MESSAGES: readonly Attack[] = [
  ['a message 1 of one byte', 'handshake_request', changed((message) => message.subarray(0, 1))],
  ['a message 1 without its end', 'handshake_request', changed((message) => message.subarray(0, -1))],
  [
    'a message 1 with a byte too many',
    'handshake_request',
    changed((message) => Buffer.concat([message, Buffer.of(0)])),
  ],
  [
    'a message 1 with another bit',
    'handshake_request',
    changed((message) => {
      message[2_000]! ^= 1;
      return message;
    }),
  ],
  [
    'a message 1 of 65,536 bytes',
    'handshake_request',
    changed((message) => Buffer.concat([message, Buffer.alloc(65_536 - message.length)])),
  ],
  ['a message 1 of zeros', 'handshake_request', changed((message) => message.fill(0))],
];

const PLACES: readonly Attack[] = [
  [
    'a message 1 for another executor',
    'handshake_request',
    ({ world, link, harness }) => harness.knock(link, harness.ask({ executorKey: world.harness().identity.publicKey })),
  ],
  [
    'a message 1 for another environment',
    'handshake_request',
    ({ link, harness }) => harness.knock(link, harness.ask({ place: { environmentId: 'env-2' } })),
  ],
  [
    'a message 1 for another registration',
    'handshake_request',
    ({ link, harness }) => harness.knock(link, harness.ask({ place: { executorRegistrationId: 'reg-0' } })),
  ],
  [
    'a message 1 for another stream',
    'handshake_request',
    ({ link, harness }) => harness.knock(link, harness.ask({ place: { streamId: randomUUID() } })),
  ],
  [
    'a message 1 that a relay moves to another stream',
    'handshake_request',
    ({ link, harness }) => harness.knock(link, { ...harness.ask(), streamId: randomUUID() }),
  ],
];

const AUTHORIZATIONS: readonly Attack[] = [
  [
    'an authorization that nobody gave out',
    'validation_protocol',
    ({ link, harness }) => harness.knock(link, harness.ask({ authorization: 'authorization-of-my-own' })),
  ],
  [
    'no authorization',
    'validation_protocol',
    ({ link, harness }) => harness.knock(link, harness.ask({ authorization: '' })),
  ],
  [
    "another harness's authorization",
    'validation_protocol',
    ({ world, link, harness }) =>
      harness.knock(link, harness.ask({ authorization: world.harness().bundle().authorization })),
  ],
  [
    'an authorization of 4,097 bytes',
    'authorization_too_long',
    ({ link, harness }) =>
      harness.knock(link, harness.ask({ authorization: 'a'.repeat(RELAY_AUTHORIZATION_BYTES + 1) })),
  ],
  [
    'an authorization of as many bytes as fit in',
    'authorization_too_long',
    ({ link, harness }) => harness.knock(link, harness.ask({ authorization: Buffer.alloc(65_535 - 3_568, 'a') })),
  ],
  [
    'an authorization that is not UTF-8',
    'authorization_not_utf8',
    ({ link, harness }) => harness.knock(link, harness.ask({ authorization: Buffer.from([0x61, 0xff]) })),
  ],
  [
    'an authorization that is half a character',
    'authorization_not_utf8',
    ({ link, harness }) => harness.knock(link, harness.ask({ authorization: Buffer.from([0xe2, 0x82]) })),
  ],
];

for (const [kind, attacks] of [
  ['messages that are broken', MESSAGES],
  ['messages for somebody else', PLACES],
  ['authorizations that are none', AUTHORIZATIONS],
] as const) {
  test(`${kind} are reset, told by their reason alone, and harm no stream`, async (t) => {
    await using world = await World.open({ accept: executor.accept });
    const link = await world.link();
    const live = await world.harness().attach(link);
    const harness = world.harness();
    for (const [what, reason, attack] of attacks) {
      t.is(await attack({ world, link, harness }), 'reset', what);
      t.is(world.told('handshakeDiagnostic').at(-1)?.reason, reason, what);
    }
    t.deepEqual(await live.call('environment/status'), { status: 'ready' });
    const next = await harness.attach(link);
    t.deepEqual(await next.call('environment/status'), { status: 'ready' });
    t.is(world.told('handshakeDiagnostic').length, attacks.length);
  });
}

test('what cannot be an authorization is not put to the registry; what is none only to it is, the empty one too', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  for (const [, , attack] of AUTHORIZATIONS) await attack({ world, link, harness });
  const put = world.registry.called('validate').map(({ body }) => body.harness_key_authorization.length);
  t.deepEqual(put, ['authorization-of-my-own'.length, 0, world.harness().bundle().authorization.length]);
});

test('an authorization of 4,096 bytes is as good as any', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  // 4,096 bytes, and fewer characters.
  const authorization = '\u20ac'.repeat(1_000).padEnd(2_096, '.');
  t.is(Buffer.byteLength(authorization), RELAY_AUTHORIZATION_BYTES);
  world.registry.allow(harness.identity.publicKey, authorization);
  await harness.enter(link, { authorization });
  t.is(world.registry.called('validate')[0]!.body.harness_key_authorization, authorization);
});

test('a message 1 that is played again when its stream is over lets nobody in', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  const asking: Asking = harness.ask();
  const stream = await harness.knock(link, asking);
  if (typeof stream === 'string') return t.fail(stream);
  await stream.initialize();
  stream.leave();
  t.is(await harness.knock(link, asking), 'reset');
  t.is(world.registry.called('validate').length, 2);
  t.like(world.told('handshakeDiagnostic'), [{ reason: 'validation_protocol' }]);
});

test('a message 1 of an old link is worth nothing on the next', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  const used = harness.ask();
  const stream = await harness.knock(link, used);
  t.is(typeof stream, 'object');
  link.cut();
  t.is(await harness.knock(await world.link(1), used), 'reset');
});

test('ids of streams are told to the registry if they are UUIDs, in one spelling', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const [one, other] = [randomUUID(), randomUUID()];
  for (const streamId of [one, other.toUpperCase(), 'no-uuid', `x-${one}`]) {
    await world.harness().enter(link, { streamId });
  }
  const told = world.registry.called('validate').map(({ headers }) => headers['x-codex-noise-stream-id']);
  t.deepEqual(told, [one, other, undefined, undefined]);
});
