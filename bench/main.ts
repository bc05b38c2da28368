/** The benches as a program: `npm run bench -- [NAME...] [options]`. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { burst } from './burst.js';
import { metadata } from './metadata.js';
import { oneShot } from './one-shot.js';
import { readBlock } from './read-block.js';
import { readFile } from './read-file.js';
import { relayBlocks } from './relay-blocks.js';
import { relayDelay } from './relay-delay.js';
import { relayHandshakes } from './relay-handshakes.js';
import { relayOneShot } from './relay-one-shot.js';
import { relayOutput } from './relay-output.js';
import { sandboxed } from './sandboxed.js';
import type { Benchmark, RelayBenchmark, Section } from './support/benchmark.js';
import { startContenders } from './support/contenders.js';
import { describeMachine } from './support/machine.js';
import { findPrograms, RIVAL_VARIABLE } from './support/programs.js';
import { heading, labelsOf, machineLine, type Outcome, type Report, sectionText } from './support/report.js';

const DIRECT: readonly Benchmark[] = [oneShot, burst, metadata, readBlock, readFile, sandboxed];
const RELAYED: readonly RelayBenchmark[] = [relayOneShot, relayOutput, relayBlocks, relayHandshakes, relayDelay];
const NAMED: readonly Pick<Benchmark, 'name' | 'question'>[] = [...DIRECT, ...RELAYED];
const NAME_WIDTH = Math.max(...NAMED.map(({ name }) => name.length));

const HELP = `Usage: npm run bench -- [NAME...] [--quick] [--json FILE]

Compares this executor with the real \`codex exec-server\`, both on this machine and measured in turn: A B A B ...
A round is one block of calls to each. Every figure is the median over the rounds; the ratio is taken within each
round and depends least on what else the machine was doing; still, a quiet machine is what to measure on.

Benches (all, if none is named):
${NAMED.map(({ name, question }) => `  ${name.padEnd(NAME_WIDTH)} ${question}`).join('\n')}

Options:
  --quick      as little as shows that everything runs; its figures mean nothing
  --json FILE  writes the figures to FILE, too
  --help       shows this

Some figures are taken twice: with the programs as shipped, and with the 40 ms taken away for which the real program
waits before its second of two small messages, since it does not set TCP_NODELAY. That needs root and \`ip\`: the route
to 127.0.0.1 acknowledges at once meanwhile, and is put back afterwards.

The real program is installed with npm when it is first needed (about 300 MB, below .cache); the environment variable
${RIVAL_VARIABLE} may name another one.
`;

interface Options {
  /** Names. */
  readonly chosen: ReadonlySet<string>;
  readonly quick: boolean;
  readonly json: string | undefined;
}

/** Undefined when only the help was asked for. Errors: an option or a bench that does not exist, in one line. */
function parseOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return undefined;
  const names = NAMED.map(({ name }) => name);
  const missing = positionals.find((wanted) => !names.includes(wanted));
  if (missing !== undefined) throw new Error(`no bench "${missing}"; there are: ${names.join(', ')}`);
  const chosen = new Set(positionals.length > 0 ? positionals : names);
  return { chosen, quick: values.quick ?? false, json: values.json };
}

async function run({ chosen, quick, json }: Options): Promise<void> {
  const programs = await findPrograms();
  const machine = await describeMachine();
  const labels = labelsOf(programs);
  console.log(machineLine(machine));
  const effort = quick ? 'quick' : 'full';
  const outcomes: Outcome[] = [];
  const tell = async ({ name, question }: (typeof NAMED)[number], run: () => Promise<readonly Section[]>) => {
    console.log(heading({ name, question }));
    const sections = await run();
    for (const section of sections) console.log(sectionText(section, labels));
    outcomes.push({ name, question, sections });
  };
  const direct = DIRECT.filter(({ name }) => chosen.has(name));
  if (direct.length > 0) {
    await using servers = await startContenders(programs);
    for (const benchmark of direct) await tell(benchmark, () => benchmark.run(servers, effort));
  }
  for (const benchmark of RELAYED.filter(({ name }) => chosen.has(name))) {
    await tell(benchmark, () => benchmark.run(programs, effort));
  }
  if (json === undefined) return;
  const report: Report = { machine, labels, outcomes };
  await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options) await run(options);
  else console.log(HELP.trimEnd());
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exitCode = 1;
}
