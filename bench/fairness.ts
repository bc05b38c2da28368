import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endedWithin, startProgram } from '#test/interop/support/program.js';
import { alternate, ofEach } from './support/alternation.js';
import { type Benchmark, percentileRow, quantityRow, type Row } from './support/benchmark.js';
import { benchFile } from './support/files.js';
import { processTree } from './support/process-use.js';
import type { Server } from './support/server.js';
import { percentile, type Samples } from './support/statistics.js';
import { type Amount, timeCalls } from './support/timed-calls.js';
import { WireClient } from './support/wire-client.js';

const PROGRAM = fileURLToPath(new URL('./support/flood-program.js', import.meta.url));
const ARGV = ['/usr/bin/true'];
/** From the end of a flood to that of the last program of it. */
const LOOK_AGAIN_MS = 20;
const STOP_MS = 10_000;

/** Times as long as idle, with nothing beside it. */
const GOAL = 3;

/** Whether somebody who floods an executor keeps the others waiting. */
export const fairness: Benchmark = {
  name: 'fairness',
  question:
    '/usr/bin/true, while another connection is flooded by output, or floods with 250 fs/getMetadata in flight: process/start ' +
    'sent -> process/closed received',
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const amount: Amount = effort === 'quick' ? { calls: 5, warmUp: 2 } : { calls: 60, warmUp: 10 };
    await using file = await benchFile(1);
    const measured = await alternate(servers, rounds, async (server) => {
      await using client = await WireClient.connect(server);
      const callTrue = () => timeCalls({ call: () => client.launch(ARGV).closed }, amount);
      const beside = (...flood: string[]) => whileFlooded(server, flood, callTrue);
      return { idle: await callTrue(), output: await beside('output'), calls: await beside('calls', file.uri) };
    });
    const times = (flood: 'output' | 'calls'): Row => ({
      ...quantityRow(
        `p95 beside ${flood} / idle`,
        'times',
        ofEach(measured, (one) => p95(one[flood]) / p95(one.idle)),
      ),
      goal: { of: 'ours', atMost: GOAL },
    });
    return [
      {
        is: 'measured',
        condition: 'as shipped',
        rounds,
        rows: [
          percentileRow(
            'idle',
            ofEach(measured, ({ idle }) => idle),
            0.95,
          ),
          percentileRow(
            'beside output',
            ofEach(measured, ({ output }) => output),
            0.95,
          ),
          percentileRow(
            'beside calls',
            ofEach(measured, ({ calls }) => calls),
            0.95,
          ),
          times('output'),
          times('calls'),
        ],
      },
    ];
  },
};

const p95 = (samples: Samples): number => percentile(samples, 0.95);

async function whileFlooded<Result>(
  server: Server,
  flood: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const quiet = processTree(server.pid).length;
  const program = startProgram(process.execPath, [PROGRAM, server.url, ...flood], { cwd: '/', env: {} });
  try {
    await program.firstLine;
    return await work();
  } finally {
    program.kill('SIGTERM');
    await endedWithin(program, STOP_MS);
    // What its last process still writes goes nowhere, and takes as much of the machine.
    while (processTree(server.pid).length > quiet) await delay(LOOK_AGAIN_MS);
  }
}
