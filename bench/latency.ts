import { randomUUID } from 'node:crypto';
import type { Client } from '#src/index.js';
import { PUBLISHED } from './published-latency.js';
import { runTrue } from './relay-one-shot.js';
import { alternate, ofEach, type Pair, type Rounds } from './support/alternation.js';
import { startBareEcho } from './support/bare-echo.js';
import { type Arms, type Gone, type OwnBenchmark, percentileRow } from './support/benchmark.js';
import { byRelay, byWebSocket, type LongRoute } from './support/long-routes.js';
import { median, percentile, type Samples, statistics } from './support/statistics.js';
import type { SeenRequest, TappedClient } from './support/tapped-client.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

/** Runs of each arm, and calls of a run. Source: the published experiment. */
export const LATENCY_ROUNDS = 3;
export const LATENCY_CALLS = 30;

/** What a whole call may take above the way there and back. */
const ABOVE_ROUND_TRIP_MS = { p50: 4, p95: 8 };

/** The ways to learn that a command is complete; the first is what our client does. */
const ARMS: Pair<Arm> = {
  ours: { label: 'pushed events', complete: runTrue },
  rival: {
    label: 'final read',
    async complete(client) {
      const processId = randomUUID();
      await runTrue(client, processId);
      // As clients did before they trusted the events: whatever these have told, the executor is asked once more.
      const end = await client.call('process/read', { processId, afterSeq: 0, maxBytes: null, waitMs: 0 });
      if (!end.closed || end.exitCode !== 0) throw new Error(`not the end of the command: ${JSON.stringify(end)}`);
    },
  },
};

interface Arm {
  readonly label: string;
  complete(client: Client): Promise<void>;
}

/** What pushed events save where the way is long: the published experiment, with our client and our executor. */
export const latency: OwnBenchmark = {
  name: 'latency',
  question:
    '/usr/bin/true over a long way, complete by pushed events or by one last process/read: run called -> its result',
  async run(executor, effort, delayMs) {
    const rounds = effort === 'quick' ? 1 : LATENCY_ROUNDS;
    const amount: Amount = effort === 'quick' ? { calls: 3, warmUp: 1 } : { calls: LATENCY_CALLS, warmUp: 5 };
    const measure = ({ label, visit }: LongRoute): Promise<Arms> =>
      visit(executor, delayMs, async (tapped) => {
        await using echo = await startBareEcho(delayMs);
        const echoes: Samples[] = [];
        const runs = await alternate(ARMS, rounds, async (arm) => {
          if (arm === ARMS.ours) echoes.push(await timeCalls(echo, amount));
          return await measureRun(tapped, arm, amount);
        });
        return {
          is: 'arms',
          condition: `${label}, ${delayMs} ms each way, ${rounds} x ${amount.calls} calls`,
          labels: { ours: ARMS.ours.label, rival: ARMS.rival.label },
          rounds,
          ...told(runs, 2 * delayMs),
          calls: rounds * (amount.warmUp + amount.calls),
          echo: {
            p50: ofRounds(echoes, 0.5),
            p95: ofRounds(echoes, 0.95),
            times: statistics(echoes.flat() as unknown as Samples),
          },
        };
      });
    return [await measure(byWebSocket), await measure(byRelay)];
  },
};

/** The calls of one block, and what they were spent on, ms. */
interface Run {
  readonly whole: Samples;
  /** From process/start to its answer. */
  readonly start: Samples;
  /** From that answer to the end of the call. */
  readonly wait: Samples;
  readonly read: readonly number[];
  /** Everything that was asked meanwhile, warm-up included. */
  readonly requests: readonly SeenRequest[];
}

async function measureRun({ client, requests }: TappedClient, arm: Arm, amount: Amount): Promise<Run> {
  const before = requests.length;
  const ends: number[] = [];
  const call = async () => {
    await arm.complete(client);
    ends.push(performance.now());
  };
  const whole = await timeCalls({ call }, amount);
  const asked = requests.slice(before);
  const counted = <T>(values: readonly T[]) => values.slice(amount.warmUp);
  const starts = counted(asked.filter(({ method }) => method === 'process/start'));
  const reads = asked.filter(({ method }) => method === 'process/read');
  return {
    whole,
    start: starts.map(took) as unknown as Samples,
    wait: counted(ends).map((end, nth) => end - starts[nth]!.answeredAt!) as unknown as Samples,
    read: counted(reads).map(took),
    requests: asked,
  };
}

const took = ({ sentAt, answeredAt }: SeenRequest): number => answeredAt! - sentAt;

/** `roundTripMs`: of the way alone. */
function told(runs: Rounds<Run>, roundTripMs: number): Pick<Arms, 'rows' | 'gone' | 'sent'> {
  const row = (what: string, times: Rounds<Samples>, p: number, atMost?: number): Arms['rows'][number] => {
    const compared = percentileRow(what, times, p);
    const published = PUBLISHED.changes[compared.figure];
    return {
      ...compared,
      ...(published !== undefined && { published }),
      ...(atMost !== undefined && { goal: { of: 'ours', atMost } }),
    };
  };
  const gone = (what: string, p: number): Gone => {
    const figure = `${what} p${p * 100}`;
    const published = PUBLISHED.gone[figure];
    const reads = runs.map(({ rival }) => rival.read as unknown as Samples);
    return {
      figure,
      unit: 'ms',
      rival: ofRounds(reads, p),
      times: statistics(reads.flat() as unknown as Samples),
      ...(published !== undefined && { published }),
    };
  };
  const [whole, wait, start] = [
    ofEach(runs, (run) => run.whole),
    ofEach(runs, (run) => run.wait),
    ofEach(runs, (run) => run.start),
  ];
  return {
    rows: [
      row('end to end', whole, 0.5, roundTripMs + ABOVE_ROUND_TRIP_MS.p50),
      row('end to end', whole, 0.95, roundTripMs + ABOVE_ROUND_TRIP_MS.p95),
      row('completion wait', wait, 0.5),
      row('completion wait', wait, 0.95),
      row('start', start, 0.5),
      row('start', start, 0.95),
    ],
    gone: [gone('final read', 0.5), gone('final read', 0.95)],
    sent: {
      ours: countByMethod(runs.flatMap(({ ours }) => ours.requests)),
      rival: countByMethod(runs.flatMap(({ rival }) => rival.requests)),
    },
  };
}

/** A percentile of every round, and of these the median. */
const ofRounds = (rounds: readonly Samples[], p: number): number =>
  median(rounds.map((samples) => percentile(samples, p)) as unknown as Samples);

function countByMethod(requests: readonly SeenRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method } of requests) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}
