/** Mixed load against one executor for as long as is asked for: `npm run soak -- --minutes N`. */
import { parseArgs } from 'node:util';
import { connect } from '#src/index.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { OURS } from '../support/programs.js';
import { type Server, startServer } from '../support/server.js';
import { percentile, type Samples } from '../support/statistics.js';
import { tableText } from '../support/table.js';
import { type Held, heldBy, leastOf } from './held.js';
import { KINDS } from './kinds.js';
import { Load, type Tally } from './load.js';
import { BOUNDS, type Sample, type Trend, trendsOf } from './trend.js';

const MINUTES = 30;
const MINUTE_MS = 60_000;
/** Of an interval that is printed; each is a point of the trend. */
const PARTS = 4;
/** How often it is looked at what is held. */
const LOOK_MS = 500;
/** Closed processes and detached sessions are kept for 80 s: the second half begins behind that. */
const JUDGED_MINUTES = 4;

const HELP = `Usage: npm run soak -- [--minutes N]

Mixed load against one executor, started here, with this client: each kind at its own pace, all at once, and what
each comes to is looked at every time. Every minute (in shorter soaks, every tenth of the whole) it prints how many
there were of each kind per second and how long they took, and what the executor held at least in that time.

At the end it prints the slope of the best line through the second half. It exits with 1 when something failed, or
when what is held has grown along that line by more than ${BOUNDS.rssMib} MiB, ${BOUNDS.descriptors} descriptors, ${BOUNDS.threads} threads or ${BOUNDS.zombies} zombie.
Below ${JUDGED_MINUTES} minutes growth is not judged, since closed processes and sessions that are left are kept for 80 s.

Kinds: ${KINDS.map(({ name }) => name).join(', ')}.

Options:
  --minutes N  how long, with fractions (default ${MINUTES})
  --help       shows this`;

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes < 100_000)) throw new Error(`--minutes: expected a number above 0, got "${text}"`);
  return minutes;
}

/** Whether all was well. */
async function soak(minutes: number): Promise<boolean> {
  using folder = new TemporaryFolder();
  await using server = await startServer(OURS);
  await using client = await connect(server.url);
  const load = new Load({ url: server.url, client, folder: folder.path });
  const samples: Sample[] = [];
  {
    await using _ = load;
    const everyMs = Math.min(MINUTE_MS, (minutes * MINUTE_MS) / 10);
    const began = performance.now();
    for (let number = 1; number * everyMs <= minutes * MINUTE_MS + 1 && isAlive(server); number += 1) {
      const parts: Sample[] = [];
      for (let part = 1; part <= PARTS; part += 1) {
        const atMs = (number - 1 + part / PARTS) * everyMs;
        parts.push({ hours: atMs / MINUTE_MS / 60, held: await watch(server.pid, began + atMs) });
      }
      samples.push(...parts);
      const least = leastOf(parts.map(({ held }) => held) as [Held, ...Held[]]);
      console.log(intervalText((number * everyMs) / MINUTE_MS, everyMs / 1000, load.take(), least));
    }
    if (!isAlive(server)) load.failures.push('the executor has ended');
  }
  const trends = trendsOf(samples);
  console.log(trends.map(trendText).join('\n'));
  for (const failure of load.failures.slice(0, 10)) console.log(`failed: ${failure}`);
  if (load.failures.length > 0) console.log(`${load.failures.length} failed`);
  if (minutes < JUDGED_MINUTES) console.log(`below ${JUDGED_MINUTES} minutes growth is not judged`);
  return load.failures.length === 0 && (minutes < JUDGED_MINUTES || trends.every(({ isFlat }) => isFlat));
}

const isAlive = ({ child }: Server): boolean => child.exitCode === null && child.signalCode === null;

async function watch(pid: number, until: number): Promise<Held> {
  const seen: [Held, ...Held[]] = [heldBy(pid)];
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, Math.max(1, until - performance.now()))));
    seen.push(heldBy(pid));
  }
  return leastOf(seen);
}

function intervalText(minute: number, seconds: number, tallies: readonly Tally[], held: Held): string {
  const rows = tallies.map(({ kind, took }) => [
    `  ${kind.name}`,
    (took.length / seconds).toFixed(1),
    ...(took.length === 0 ? ['', ''] : [ms(took as unknown as Samples, 0.5), ms(took as unknown as Samples, 0.99)]),
  ]);
  const { rssMib, descriptors, threads, zombies } = held;
  const state = `RSS ${rssMib.toFixed(0)} MiB, ${descriptors} descriptors, ${threads} threads, ${zombies} zombies`;
  return `minute ${Number(minute.toFixed(2))}: ${state}\n${tableText([['', 'per s', 'p50', 'p99'], ...rows])}`;
}

const ms = (took: Samples, p: number): string => `${percentile(took, p).toFixed(1)} ms`;

const UNITS = { rssMib: 'RSS, MiB', descriptors: 'descriptors', threads: 'threads', zombies: 'zombies' } as const;

const trendText = ({ name, slope, growth, isFlat }: Trend): string =>
  `${UNITS[name]}: ${slope.toFixed(1)} per hour, ${growth.toFixed(1)} in the second half: ${isFlat ? 'flat' : 'GROWS'}`;

try {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: `${MINUTES}` }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) console.log(HELP);
  else if (!(await soak(minutesOf(values.minutes)))) process.exitCode = 1;
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exitCode = 1;
}
