/** A link on which more is to be said than it takes: who waits for whom, and for how long. Counted in bytes, since time is the link's. */
import test from 'ava';
import { Executor } from '#src/executor.js';
import {
  RELAY_CONTROL_FRAMES,
  RELAY_HANDED_OUT_BYTES,
  RELAY_RECORD_BYTES,
  RELAY_STREAM_QUEUE_BYTES,
} from '#src/protocol/limits.js';
import type { Body } from '#src/relay/frame.js';
import { dataOverheadBytes } from '#src/relay/frame-writer.js';
import { asStreamId } from '#src/relay/stream-id.js';
import type { Accept } from '#src/transport/connection.js';
import type { Harness } from './support/harness.js';
import { type HarnessStream, shellParams } from './support/harness-stream.js';
import { LinkWorld } from './support/link-world.js';

/** A record on the wire, at most. */
const RECORD_ON_WIRE = RELAY_RECORD_BYTES + 16 + dataOverheadBytes(asStreamId('3f2504e0-4f89-41d3-9a0c-0305e82c3301'));

/** A link, and how many messages an executor has had from it. */
interface Scene extends AsyncDisposable {
  readonly world: LinkWorld;
  readonly harness: Harness;
  readonly messages: () => number;
}

async function open(): Promise<Scene> {
  const executor = new Executor();
  let messages = 0;
  const accept: Accept = (connection) => {
    const events = executor.accept(connection);
    return {
      message: (message) => {
        events.message(message);
        messages += 1;
        world.happenings.happened();
      },
      closed: (reason) => events.closed(reason),
    };
  };
  const world = await LinkWorld.open(accept);
  return {
    world,
    harness: world.harness(),
    messages: () => messages,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await executor.close();
    },
  };
}

/** Streams with a process each that writes without end, on a link that takes nothing any more. */
async function flooded({ world, harness }: Scene, count: number): Promise<readonly HarnessStream[]> {
  const floods = await Promise.all(Array.from({ length: count }, () => harness.attach(world.link)));
  world.turnstile.close();
  for (const flood of floods) flood.ask('process/start', shellParams('flood', 'yes floods'));
  await world.happenings.until(() => world.turnstile.isWaiting);
  await flow(world, floods);
  return floods;
}

/** Some of each of them, more than any queue holds, so that all are at it; and then the socket has much that it cannot get rid of. */
async function flow(world: LinkWorld, floods: readonly HarnessStream[]): Promise<void> {
  const from = world.link.frames.length;
  for (const { streamId } of floods) {
    await letUntil(world, () => dataBytes(world, from, { only: (id) => id === streamId }) > RELAY_STREAM_QUEUE_BYTES);
  }
  await world.happenings.until(() => world.turnstile.waitingBytes > RELAY_HANDED_OUT_BYTES / 2);
}

/** Plaintext and tags of one stream, or of all, that have arrived from one place of the frames to another. */
function dataBytes(
  { link }: LinkWorld,
  from: number,
  { to = link.frames.length, only = (_: string): boolean => true } = {},
) {
  const lengths = link.frames
    .slice(from, to)
    .map(({ streamId, body }) => (body.kind === 'data' && only(streamId) ? body.payload.length : 0));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Lets one write after the other go, each when the one before has arrived. */
async function letUntil(world: LinkWorld, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await world.happenings.until(() => world.turnstile.isWaiting);
    world.turnstile.letOne();
    await world.arrived();
  }
}

/** What comes before the next frame of that kind on a stream. The executor has it ready. */
async function bytesBefore(world: LinkWorld, id: string, kind: Body['kind']): Promise<number> {
  const from = world.link.frames.length;
  const place = () =>
    world.link.frames.findIndex(({ streamId, body }, at) => at >= from && streamId === id && body.kind === kind);
  await letUntil(world, () => place() >= 0);
  return dataBytes(world, from, { to: place() });
}

for (const count of [1, 5]) {
  test(`a small answer waits for what the socket has and a record of each of ${count} that flood, for no more`, async (t) => {
    await using scene = await open();
    const { world, harness } = scene;
    const quiet = await harness.attach(world.link);
    const floods = await flooded(scene, count);
    const before = scene.messages();
    const { bytes, answer } = quiet.request('environment/status');
    quiet.sendBytes(bytes);
    await world.happenings.until(() => scene.messages() > before);
    const waited = await bytesBefore(world, quiet.streamId, 'data');
    t.deepEqual(await answer(), { status: 'ready' });
    t.true(waited <= RELAY_HANDED_OUT_BYTES + count * RECORD_ON_WIRE, `${waited} bytes`);
    t.true(waited > RELAY_HANDED_OUT_BYTES / 2, 'it did have to wait');
    await flow(world, floods);
  });
}

test('who wants to come in waits for what the socket has, and for no record', async (t) => {
  await using scene = await open();
  const { world, harness } = scene;
  const floods = await flooded(scene, 2);
  const asking = harness.ask();
  const outcome = harness.knock(world.link, asking);
  await world.happenings.until(() => world.told('handshakeCompleted') === 3);
  const waited = await bytesBefore(world, asking.streamId, 'handshake');
  t.is(typeof (await outcome), 'object');
  t.true(waited <= RELAY_HANDED_OUT_BYTES, `${waited} bytes`);
  await flow(world, floods);
});

test('nothing is lost of what had to wait', async (t) => {
  await using scene = await open();
  const { world, harness } = scene;
  const stream = await harness.attach(world.link);
  world.turnstile.close();
  stream.ask('process/start', shellParams('p', 'seq 1 100000'));
  await letUntil(world, () => stream.record('p').closed);
  const lines = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
  t.is(stream.record('p').output().toString(), lines);
});

test('resets that find no room are dropped; a message 2 that finds none ends the link, for its harness would wait for ever', async (t) => {
  await using scene = await open();
  const { world, harness } = scene;
  const { link } = world;
  world.turnstile.close();
  let strangers = 0;
  // So many resets are due, and have been given to the socket as far as it takes them.
  const resets = async (count: number) => {
    for (const last = strangers + count; strangers < last; strangers += 1) {
      link.sendFrame(`stranger ${strangers}`, { kind: 'data', seq: 0, payload: Buffer.of(1) });
    }
    const dropped = world.told('frameDropped');
    link.send('the last of them has come');
    await world.happenings.until(() => world.told('frameDropped') > dropped);
    await new Promise(setImmediate);
  };
  // The socket is full, then the queue, then there is no room.
  await resets(RELAY_CONTROL_FRAMES);
  await resets(RELAY_CONTROL_FRAMES);
  await resets(1);
  harness.send(link, harness.ask());
  t.like(await world.ended, { reason: 'response_queue_full' });
});
