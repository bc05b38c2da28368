/** What an executor makes of a registry's word about a harness. */
import test from 'ava';
import { Executor } from '#src/executor.js';
import type { DiagnosticReason } from '#src/relay/diagnostics.js';
import type { Script } from './support/registry.js';
import { World } from './support/world.js';

const executor = new Executor();
test.after.always(() => executor.close());

/** A word that must not stand in any log. */
const WORDS = 'words of the registry about a harness';

type Verdict = readonly [what: string, script: Script, reason: DiagnosticReason, status?: number];

const REFUSALS: readonly Verdict[] = [
  ['false', { json: { valid: false } }, 'validation_protocol'],
  ['no boolean', { json: { valid: 'true' } }, 'validation_protocol'],
  ['nothing that is known', { json: { ok: true, reason: WORDS } }, 'validation_protocol'],
  ['no JSON', { text: WORDS }, 'validation_protocol'],
  ['nothing at all', { text: '' }, 'validation_protocol'],
  ['a list', { json: [{ valid: true }] }, 'validation_protocol'],
  ['too much', { text: `{"valid":true}${' '.repeat(300_000)}` }, 'validation_protocol'],
];

const STATUSES: readonly Verdict[] = [
  ['400', { status: 400, json: { error: { code: WORDS, message: WORDS } } }, 'registry_http', 400],
  ['403', { status: 403, json: { error: { message: WORDS } } }, 'registry_auth', 403],
  ['404 with a yes', { status: 404, json: { valid: true } }, 'registry_http', 404],
  ['429', { status: 429, text: WORDS }, 'registry_http', 429],
  ['500', { status: 500, text: WORDS }, 'registry_http', 500],
  ['a redirect', { status: 307, headers: { location: '/cloud/environment/env-1/validate' } }, 'registry_http', 307],
  ['no answer', 'cut', 'registry_request'],
];

for (const [kind, verdicts] of [
  ['an answer that is no yes', REFUSALS],
  ['an answer that is no success', STATUSES],
] as const) {
  test(`${kind} lets nobody in: the stream is reset, and no word of the registry is told`, async (t) => {
    await using world = await World.open({ accept: executor.accept });
    world.secrets.keep('words of the registry', WORDS);
    const link = await world.link();
    const harness = world.harness();
    const live = await harness.attach(link);
    for (const [what, script, reason, status] of verdicts) {
      world.registry.next('validate', script);
      const asking = harness.ask();
      t.is(await harness.knock(link, asking), 'reset', what);
      const [told] = world.told('handshakeDiagnostic').slice(-1);
      t.deepEqual([told?.outcome, told?.reason, told?.status], ['rejected', reason, status], what);
      t.is(link.framesOf(asking.streamId).length, 1, what);
    }
    t.is(world.registry.called('validate').length, verdicts.length + 1, 'none was asked for twice, or elsewhere');
    t.deepEqual(await live.call('environment/status'), { status: 'ready' });
  });
}

test('a 401 is about the executor: the harness is told so, and nothing comes of the handshake', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  const live = await harness.attach(link);
  world.registry.next('validate', { status: 401, json: { valid: true } });
  const asking = harness.ask();
  t.is(await harness.knock(link, asking), 'executorRejected');
  t.like(world.told('handshakeDiagnostic'), [{ outcome: 'rejected', reason: 'registry_auth' }]);
  // There is no stream: data for it is data for nobody.
  link.sendFrame(asking.streamId, { kind: 'data', seq: 0, payload: Buffer.alloc(100) });
  await link.until(() => link.resetsOf(asking.streamId) === 1);
  t.is(world.told('handshakeCompleted').length, 1);
  t.deepEqual(await live.call('environment/status'), { status: 'ready' });
  t.is(world.registry.called('register').length, 1);
});

test('8 times 401 and nobody comes in for a while', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  world.registry.next('validate', ...Array.from({ length: 8 }, () => ({ status: 401 })));
  for (let failures = 1; failures <= 8; failures += 1) t.is(await harness.knock(link), 'executorRejected');
  t.is(await harness.knock(link), 'reset');
  t.is(world.told('coolingDown').length, 1);
});

test('a registry that never says anything is not waited for longer than 10 s; others come in meanwhile', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  world.registry.next('validate', 'never');
  const outcome = harness.knock(link);
  await world.until(() => world.registry.called('validate').length === 1);
  const other = await harness.attach(link);
  t.deepEqual(await other.call('environment/status'), { status: 'ready' });
  t.is(await outcome, 'reset');
  t.regex(world.told('handshakeDiagnostic')[0]!.reason, /^(validation_timeout|registry_request_timeout)$/);
});

test('with the link its questions end', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  world.registry.next('validate', 'never');
  harness.send(link, harness.ask());
  await world.until(() => world.registry.called('validate').length === 1);
  link.cut();
  const next = await world.link(1);
  t.true(world.registry.called('validate')[0]!.isAbandoned);
  t.deepEqual(world.told('handshakeDiagnostic'), []);
  await harness.attach(next);
});
