import { setTimeout as delay } from 'node:timers/promises';
import { alternate, ofEach, type Pair } from './support/alternation.js';
import {
  type Effort,
  type Measured,
  type ProgramBenchmark,
  quantityRow,
  type Section,
  timeRow,
  toReach,
} from './support/benchmark.js';
import { findNpmCommand } from './support/npm-command.js';
import { residentBytesOfTree } from './support/process-use.js';
import type { ExecutorProgram } from './support/programs.js';
import { startServer } from './support/server.js';

/** From listening to the memory of an executor that has nothing to do: what it prepares behind its first word is there. */
const IDLE_AFTER_MS = 1_000;
const MIB = 1024 * 1024;

/** Times as fast, times as little. */
const GOALS = { time: 1, memory: 1 };

/** How long an executor takes to be there, and what it takes up while nobody asks anything of it. */
export const startUp: ProgramBenchmark = {
  name: 'start-up',
  question:
    'the program started -> it says where it listens; the memory that it and all its processes have in RAM ' +
    `${IDLE_AFTER_MS / 1000} s later`,
  async run({ ours, rival }, effort) {
    const byNpm = await findNpmCommand().then(
      (command) => compareStarts({ ours, rival: command }, effort, GOALS),
      (error: Error): Section => {
        return { is: 'skipped', condition: 'against the npm command', reason: error.message.split('\n')[0]! };
      },
    );
    return [byNpm, await compareStarts({ ours, rival }, effort)];
  },
};

export async function compareStarts(
  programs: Pair<ExecutorProgram>,
  effort: Effort,
  goals: Partial<typeof GOALS> = {},
): Promise<Measured> {
  const rounds = effort === 'quick' ? 1 : 9;
  const idleAfterMs = effort === 'quick' ? 0 : IDLE_AFTER_MS;
  const start = async (program: ExecutorProgram) => {
    await using server = await startServer(program);
    await delay(idleAfterMs);
    return { ms: server.startedInMs, mib: residentBytesOfTree(server.pid) / MIB };
  };
  if (effort === 'full') await alternate(programs, 1, start);
  const started = await alternate(programs, rounds, start);
  const labels = { ours: programs.ours.label, rival: programs.rival.label };
  return {
    is: 'measured',
    condition: `against ${labels.rival}`,
    labels,
    rounds,
    rows: [
      toReach(
        goals.time,
        timeRow(
          'listens',
          ofEach(started, ({ ms }) => ms),
        ),
      ),
      toReach(
        goals.memory,
        quantityRow(
          'idle memory',
          'MiB',
          ofEach(started, ({ mib }) => mib),
        ),
      ),
    ],
  };
}
