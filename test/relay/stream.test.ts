/** All machines of a stream together, with the real channel: a harness, an executor, and a link that loses frames. */
import test from 'ava';
import { type Channel, initiatorChannel, responderChannel } from '#src/noise/channel.js';
import { finish, request } from '#src/noise/initiator.js';
import { createKeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import { accept, receive } from '#src/noise/responder.js';
import { TAG_BYTES } from '#src/noise/sizes.js';
import { Demultiplexer, type DemultiplexerEffect } from '#src/relay/demultiplexer.js';
import { type Body, decodeFrame, type Frame } from '#src/relay/frame.js';
import { encodeFrame, openDataFrame, ownMemory } from '#src/relay/frame-writer.js';
import { MessageAssembler } from '#src/relay/message-assembler.js';
import { Outbound } from '#src/relay/outbound.js';
import { type R1Effect, R1Endpoint } from '#src/relay/r1.js';
import { cutRecords, type PlainRecord } from '#src/relay/records.js';
import { asStreamId } from '#src/relay/stream-id.js';
import { randomFrom } from './support/lossy-link.js';

const primitives = await loadPrimitives();
const STREAM = asStreamId('3f2504e0-4f89-41d3-9a0c-0305e82c3301');
const PLACE = { environmentId: 'env', executorRegistrationId: 'reg', streamId: STREAM };
const executor = createKeyPair(primitives, systemRandom);
const harness = createKeyPair(primitives, systemRandom);

const frame = (body: Body): Frame => ({ streamId: STREAM, ack: 0, ackBits: 0, body });

/** One end behind the handshake. `send`: bytes to the link. */
function end(channel: Channel, send: (bytes: Uint8Array) => void) {
  const endpoint = new R1Endpoint(STREAM, 0);
  const assembler = new MessageAssembler();
  const outbound = new Outbound<string, PlainRecord>();
  outbound.open('s', STREAM);
  const messages: string[] = [];

  const perform = (now: number, effects: readonly R1Effect[]) => {
    for (const effect of effects) {
      if (effect.do === 'reset') throw effect.cause;
      if (effect.do === 'deliver') {
        messages.push(...assembler.push(channel.opener.open(effect.record)).map(String));
      } else if (effect.frame.body.kind === 'data') outbound.again('s', effect.frame);
      else outbound.control(effect.frame);
    }
    flush(now);
  };
  const flush = (now: number) => {
    outbound.hold('s', !endpoint.canSend);
    for (let turn = outbound.take(); turn !== undefined; turn = outbound.take()) {
      if (turn.what === 'frame') send(encodeFrame(turn.frame));
      else {
        const { seq, ...head } = endpoint.nextRecord();
        const { frame: memory, at } = openDataFrame(head, seq, turn.item.bytes + TAG_BYTES, ownMemory);
        const frame = memory.bytes;
        channel.sealer.sealInto(frame, at, turn.item.parts);
        endpoint.sent(now, frame.subarray(at));
        send(frame);
      }
      outbound.accepted(turn.bytes);
      outbound.hold('s', !endpoint.canSend);
    }
  };
  return {
    endpoint,
    messages,
    perform,
    say: (now: number, ...said: string[]) => {
      outbound.push('s', cutRecords(said.map((text) => Buffer.from(text))));
      flush(now);
    },
  };
}

test('a harness and an executor meet, and their messages come through a link that loses every fifth frame', (t) => {
  const random = randomFrom(1);
  const demultiplexer = new Demultiplexer();
  const toExecutor: Uint8Array[] = [];
  const toHarness: Uint8Array[] = [];
  const lossy = (link: Uint8Array[]) => (bytes: Uint8Array) => {
    if (random() >= 0.2) link.push(bytes);
  };

  const asked = request(
    primitives,
    { identity: harness, responder: executor.publicKey, place: PLACE, authorization: 'auth' },
    systemRandom,
  );
  let accepted: ReturnType<typeof receive> | undefined;
  let server: ReturnType<typeof end> | undefined;
  let channel: Channel | undefined;
  const perform = (now: number, effects: readonly DemultiplexerEffect[]): void => {
    for (const effect of effects) {
      if (effect.do === 'send') toHarness.push(encodeFrame(effect.frame));
      if (effect.do === 'open') {
        accepted = receive(primitives, executor, PLACE, effect.request);
        const { authorization } = accepted;
        perform(
          now,
          demultiplexer.step(now, { type: 'opened', attempt: effect.attempt, opened: { ok: true, authorization } }),
        );
      }
      if (effect.do === 'validate') {
        t.is(effect.authorization, 'auth');
        const { attempt } = effect;
        perform(now, demultiplexer.step(now, { type: 'validated', attempt, validated: { is: 'valid' } }));
      }
      if (effect.do === 'answer') {
        const { message, keys } = accept(primitives, accepted!.received, systemRandom);
        channel = responderChannel(keys);
        const { attempt } = effect;
        perform(now, demultiplexer.step(now, { type: 'answered', attempt, answered: { ok: true, message } }));
      }
      if (effect.do === 'activate') {
        server = end(channel!, lossy(toHarness));
        server.perform(now, server.endpoint.start(now));
      }
      if (effect.do === 'receive') server!.perform(now, server!.endpoint.receive(now, effect.frame));
    }
  };
  const arrive = (now: number, bytes: Uint8Array) =>
    perform(now, demultiplexer.step(now, { type: 'frame', frame: decodeFrame(bytes) }));

  arrive(0, encodeFrame(frame({ kind: 'handshake', payload: asked.message })));
  const answer = decodeFrame(toHarness.shift()!);
  if (answer.body.kind !== 'handshake') return t.fail();
  const client = end(
    initiatorChannel(finish(primitives, harness, asked.requested, answer.body.payload)),
    lossy(toExecutor),
  );
  client.perform(0, client.endpoint.start(0));

  const questions = Array.from(
    { length: 20 },
    (_, index) => `{"question":${index},"text":"${'q'.repeat(index * 9_000)}"}`,
  );
  const answers = Array.from({ length: 20 }, (_, index) => `{"answer":${index},"text":"${'a'.repeat(index * 9_000)}"}`);
  let met = false;
  for (let now = 1; now < 60_000 && (server!.messages.length < 20 || client.messages.length < 20); now += 1) {
    if (!met && client.endpoint.peerSpeaksR1 && server!.endpoint.peerSpeaksR1) {
      met = true;
      for (const question of questions) client.say(now, question);
      server!.say(now, ...answers);
    }
    for (const bytes of toExecutor.splice(0)) arrive(now, bytes);
    for (const bytes of toHarness.splice(0)) client.perform(now, client.endpoint.receive(now, decodeFrame(bytes)));
    for (const { endpoint, perform } of [client, server!]) {
      if (endpoint.deadline! <= now) perform(now, endpoint.tick(now));
    }
  }
  t.deepEqual(server!.messages, questions);
  t.deepEqual(client.messages, answers);
});
