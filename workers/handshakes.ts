/** Entry of a thread for handshakes: one function per step, named as in `HandshakeTasks`. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { NoiseError } from '#src/noise/errors.js';
import * as initiator from '#src/noise/initiator.js';
import { createKeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import * as responder from '#src/noise/responder.js';
import type { HandshakeOutcome, HandshakeStep, HandshakeTasks } from '#src/pool/handshake-calls.js';
import { parcelOf, wipeBytes } from '#src/pool/parcel.js';

const primitives = await loadPrimitives();
rehearse();

export const identity = step<'identity'>(() => createKeyPair(primitives, systemRandom));
export const receive = step<'receive'>(({ identity, place, request }) =>
  responder.receive(primitives, identity, place, request),
);
export const accept = step<'accept'>(({ received }) => responder.accept(primitives, received, systemRandom));
export const reject = step<'reject'>(({ received }) => responder.reject(primitives, received, systemRandom));
export const request = step<'request'>((question) => initiator.request(primitives, question, systemRandom));
export const finish = step<'finish'>(({ identity, requested, response }) =>
  initiator.finish(primitives, identity, requested, response),
);

/** Nothing of the task and its result stays in this thread. */
function step<S extends HandshakeStep>(work: (task: HandshakeTasks[S]['task']) => HandshakeTasks[S]['result']) {
  return (task: HandshakeTasks[S]['task']): unknown => {
    try {
      return handOver({ done: work(task) });
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      return handOver({ failure: { code: error.code, message: error.message } });
    } finally {
      wipeBytes(task);
    }
  };
}

function handOver(outcome: HandshakeOutcome<unknown>): unknown {
  const { contents, memory } = parcelOf(outcome);
  wipeBytes(outcome);
  return move({
    get [transferableSymbol]() {
      return memory;
    },
    get [valueSymbol]() {
      return contents;
    },
  });
}

/** A handshake with itself: the first of a thread takes ten times as long as the next. */
function rehearse(): void {
  // The first time that memory is handed over, V8 discards the code that it compiled for arrays that always keep theirs.
  const memory = new ArrayBuffer(1);
  structuredClone(memory, { transfer: [memory] });

  const [harness, executor] = [createKeyPair(primitives, systemRandom), createKeyPair(primitives, systemRandom)];
  const place = { environmentId: '', executorRegistrationId: '', streamId: '' };
  const question = { identity: harness, responder: executor.publicKey, place, authorization: '' };
  const { message, requested } = initiator.request(primitives, question, systemRandom);
  const { received } = responder.receive(primitives, executor, place, message);
  initiator.finish(primitives, harness, requested, responder.accept(primitives, received, systemRandom).message);
}
