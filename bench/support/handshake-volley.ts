import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { harnessToken } from '#src/credentials/harness-token.js';
import { asksWhole } from '#src/http/ask-whole.js';
import { Trust } from '#src/http/trust.js';
import { Upstreams } from '#src/http/upstreams.js';
import { dialRelay } from '#src/links/dial-relay.js';
import { wipeHandshake } from '#src/noise/hybrid-ik.js';
import { request } from '#src/noise/initiator.js';
import { createKeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import { REGISTRY_ANSWER_BYTES } from '#src/protocol/limits.js';
import { registryPlace } from '#src/registry/base-url.js';
import { Registry } from '#src/registry/client.js';
import { type Body, decodeFrame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import { asStreamId, type StreamId } from '#src/relay/stream-id.js';
import type { Environment } from './environments.js';

/** First messages of handshakes that are ready to be sent over one link. */
export interface Volley extends AsyncDisposable {
  /** Sends all, `inFlight` of them at once; resolves with the last second message. Once. Errors: a stream that was reset. */
  fire(inFlight: number): Promise<void>;
}

const primitives = await loadPrimitives();
const identity = createKeyPair(primitives, systemRandom);

/** Each message has an authorization of its own, since one is good once. What is computed here is not the executor's time. */
export async function prepareVolley(environment: Environment, count: number): Promise<Volley> {
  const { registryUrl, environmentId, token } = environment;
  const place = registryPlace(registryUrl, environmentId);
  const upstreams = new Upstreams({}, new Trust({}), { keeps: false });
  const credentials = harnessToken(token, undefined, registryUrl);
  const registry = new Registry({ place, credentials, ask: asksWhole(upstreams, REGISTRY_ANSWER_BYTES) });
  const never = new AbortController().signal;
  const prepared: { readonly streamId: StreamId; readonly message: Uint8Array }[] = [];
  let url = '';
  for (let made = 0; made < count; made++) {
    const bundle = await registry.connect(identity.publicKey, never);
    const streamId = asStreamId(randomUUID());
    const { message, requested } = request(
      primitives,
      {
        identity,
        responder: bundle.executorKey,
        place: { environmentId, executorRegistrationId: bundle.registrationId, streamId },
        authorization: bundle.authorization,
      },
      systemRandom,
    );
    // Nobody will finish it.
    wipeHandshake(requested);
    prepared.push({ streamId, message });
    ({ url } = bundle);
  }
  upstreams.close();
  const { websocket } = await dialRelay({ url }, never);
  const closed = once(websocket, 'close');
  websocket.resume();
  const say = (streamId: StreamId, body: Body) =>
    websocket.send(encodeFrame({ streamId, ack: 0, ackBits: 0, body }), { binary: true });

  return {
    fire: (inFlight) =>
      new Promise((resolve, reject) => {
        const waiting = new Set<StreamId>();
        const sendNext = () => {
          const next = prepared.shift();
          if (next === undefined) return;
          waiting.add(next.streamId);
          say(next.streamId, { kind: 'resume', nextSeq: 0 });
          say(next.streamId, { kind: 'handshake', payload: next.message });
        };
        websocket.on('message', (bytes: Buffer) => {
          const { streamId, body } = decodeFrame(bytes);
          if (body.kind === 'reset') reject(new Error(`${environmentId} has refused a handshake`));
          if (body.kind !== 'handshake' || !waiting.delete(streamId)) return;
          sendNext();
          if (waiting.size === 0) resolve();
        });
        websocket.on('close', () => reject(new Error(`the link to ${environmentId} has ended`)));
        for (let sent = 0; sent < inFlight; sent++) sendNext();
      }),
    async [Symbol.asyncDispose]() {
      websocket.close();
      await closed;
    },
  };
}
