import { spawn } from 'node:child_process';
import { createCipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { wipeHandshake } from '#src/noise/hybrid-ik.js';
import { request } from '#src/noise/initiator.js';
import { createKeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives, type Primitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import { accept, receive } from '#src/noise/responder.js';
import { asStreamId } from '#src/relay/stream-id.js';
import { lines } from './lines.js';
import { metadata } from './metadata.js';
import { oneShot } from './one-shot.js';
import { output } from './output.js';
import { readBlock } from './read-block.js';
import { compareStarts } from './start-up.js';
import type { Pair } from './support/alternation.js';
import {
  type Alone,
  aloneRow,
  type Benchmark,
  type Effort,
  type OwnBenchmark,
  type Section,
} from './support/benchmark.js';
import { startContenders } from './support/contenders.js';
import type { ExecutorProgram } from './support/programs.js';
import type { Samples } from './support/statistics.js';
import { type Amount, timeCalls } from './support/timed-calls.js';
import { typedInput } from './typed-input.js';

const BARE: ExecutorProgram = {
  label: 'bare Node',
  path: process.execPath,
  args: [fileURLToPath(new URL('./support/bare-server.js', import.meta.url))],
};

/** What can be asked of something that only starts programs and answers. */
const ASKED: readonly Benchmark[] = [oneShot, output, lines, typedInput, metadata, readBlock];

/** What no executor in Node can be quicker than, where a goal cannot be reached. */
export const floors: OwnBenchmark = {
  name: 'floors',
  question:
    'our executor against the least that can be done in Node in one thread: ws, JSON, child_process and base64, and blocks that ' +
    'are neither read nor encoded; and what single steps take by themselves',
  async run(executor, effort) {
    const programs = { ours: executor, rival: BARE };
    const labels = { ours: executor.label, rival: BARE.label };
    const sections: Section[] = [await compareStarts(programs, effort)];
    for (const benchmark of ASKED) {
      await using servers = await startContenders(programs);
      const [shipped] = await benchmark.run(servers, effort);
      if (shipped?.is === 'measured') sections.push(against(benchmark.name, shipped, labels));
    }
    return [...sections, await singleSteps(effort)];
  },
};

/** As it was measured; what is to be reached against the rival is not to be reached here. */
const against = (
  name: string,
  { rounds, rows }: Extract<Section, { is: 'measured' }>,
  labels: Pair<string>,
): Section => ({
  is: 'measured',
  condition: name,
  labels,
  rounds,
  rows: rows.map(({ goal: _, ...row }) => row),
});

const MEGABYTE = 1e6;
/** What a worker encodes at once, and what a record of the relay holds. */
const [BLOCK_BYTES, RECORD_BYTES] = [64 * 1024, 60 * 1024];

/** Each step done by this process, in one thread. */
async function singleSteps(effort: Effort): Promise<Alone> {
  const [rounds, megabytes, handshakes] = effort === 'quick' ? [1, 5, 3] : [7, 200, 200];
  const rates = (times: number, amount: number, step: () => unknown): Samples =>
    Array.from({ length: rounds }, () => {
      const began = performance.now();
      for (let done = 0; done < times; done++) step();
      return (times * amount * 1000) / (performance.now() - began);
    }) as unknown as Samples;
  const byteRates = (bytes: number, step: () => unknown) =>
    rates(Math.ceil((megabytes * MEGABYTE) / bytes), bytes / MEGABYTE, step);

  const block = randomBytes(BLOCK_BYTES);
  const room = Buffer.alloc(2 * BLOCK_BYTES);
  const record = randomBytes(RECORD_BYTES);
  const key = createSecretKey(randomBytes(32));
  const nonce = Buffer.alloc(12);
  const encrypt = () => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.update(record);
    cipher.final();
    cipher.getAuthTag();
  };
  const amount: Amount = { calls: effort === 'quick' ? 3 : 100, warmUp: 3 };
  const started = await timeCalls({ call: () => once(spawn('/usr/bin/true', { stdio: 'ignore' }), 'close') }, amount);
  const answer = answering(await loadPrimitives());
  answer();
  return {
    is: 'alone',
    condition: 'single steps',
    label: 'one thread',
    reason: 'of whatever executor in Node',
    rounds,
    rows: [
      aloneRow('/usr/bin/true by child_process, without pipes', 'ms', started),
      aloneRow(
        'copy 64 KiB',
        'MB/s',
        byteRates(BLOCK_BYTES, () => block.copy(room)),
      ),
      aloneRow(
        'encode 64 KiB as base64 into a buffer',
        'MB/s',
        byteRates(BLOCK_BYTES, () => room.write(block.toString('base64'), 'latin1')),
      ),
      aloneRow('encrypt 60 KiB by AES-256-GCM', 'MB/s', byteRates(RECORD_BYTES, encrypt)),
      aloneRow("an executor's part of a handshake", 'handshakes/s', rates(handshakes, 1, answer)),
    ],
  };
}

/** Answers the same first message again and again. */
function answering(primitives: Primitives): () => void {
  const [executor, harness] = [createKeyPair(primitives, systemRandom), createKeyPair(primitives, systemRandom)];
  const place = { environmentId: 'bench', executorRegistrationId: 'bench', streamId: asStreamId(randomUUID()) };
  const question = { identity: harness, responder: executor.publicKey, place, authorization: 'bench' };
  const { message, requested } = request(primitives, question, systemRandom);
  wipeHandshake(requested);
  return () => {
    const { received } = receive(primitives, executor, place, message);
    accept(primitives, received, systemRandom);
  };
}
