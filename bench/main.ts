/** The benches as a program: `npm run bench -- [NAME...] [options]`. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { burst } from './burst.js';
import { eventLoop } from './event-loop.js';
import { fairness } from './fairness.js';
import { floors } from './floors.js';
import { latency } from './latency.js';
import { lines } from './lines.js';
import { memory } from './memory.js';
import { metadata } from './metadata.js';
import { oneShot } from './one-shot.js';
import { oneShotHeavy } from './one-shot-heavy.js';
import { oneShotParallel } from './one-shot-parallel.js';
import { type Groups, helpText, type Options, parseOptions } from './options.js';
import { output } from './output.js';
import { readBlock } from './read-block.js';
import { readFile } from './read-file.js';
import { relayBlocks } from './relay-blocks.js';
import { relayDelay } from './relay-delay.js';
import { relayHandshakes } from './relay-handshakes.js';
import { relayOneShot } from './relay-one-shot.js';
import { relayOutput } from './relay-output.js';
import { sandboxed } from './sandboxed.js';
import { stalledClient } from './stalled-client.js';
import { startUp } from './start-up.js';
import type { Benchmark, OwnBenchmark, ProgramBenchmark, Question, Section } from './support/benchmark.js';
import { startContenders } from './support/contenders.js';
import { describeMachine } from './support/machine.js';
import { pictureOf } from './support/picture.js';
import { findRival, OURS } from './support/programs.js';
import { heading, loadLine, machineLine, type Outcome, type Report, sectionText } from './support/report.js';
import { typedInput } from './typed-input.js';

/** The two executors are asked as they listen; each other bench has them started as it needs them. */
const LISTENING: readonly Benchmark[] = [
  ...[oneShot, oneShotParallel, burst, output, lines, typedInput, metadata, readBlock, readFile, sandboxed, fairness],
];
const STARTING: readonly ProgramBenchmark[] = [
  ...[oneShotHeavy, startUp, memory, stalledClient],
  ...[relayOneShot, relayOutput, relayBlocks, relayHandshakes, relayDelay],
];
const OWN: readonly OwnBenchmark[] = [latency, eventLoop, floors];
const ALL: readonly Question[] = [...OWN, ...LISTENING, ...STARTING];
/** Names for many. */
const GROUPS: Groups = { rival: [...LISTENING, ...STARTING] };

async function run({ chosen, quick, delayMs, json, svg }: Options): Promise<void> {
  const chosenOf = <Some extends Question>(benches: readonly Some[]) => benches.filter(({ name }) => chosen.has(name));
  const [own, listening, starting] = [chosenOf(OWN), chosenOf(LISTENING), chosenOf(STARTING)];
  const rival = listening.length + starting.length > 0 ? await findRival() : undefined;
  const effort = quick ? 'quick' : 'full';
  const at = new Date().toISOString();
  const machine = await describeMachine();
  const programs = { ours: OURS.label, ...(rival !== undefined && { rival: rival.label }) };
  const outcomes: Outcome[] = [];
  console.log(machineLine(machine));

  const tell = async ({ name, question }: Question, measure: () => Promise<readonly Section[]>) => {
    console.log(heading({ name, question }));
    const before = loadNow();
    const sections = await measure();
    const load = { before, after: loadNow() };
    for (const section of sections) console.log(sectionText(section, { rival: '', ...programs }));
    console.log(loadLine(load));
    outcomes.push({ name, question, sections, load });
    const report: Report = { at, machine, effort, programs, outcomes };
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (svg !== undefined) await writeFile(svg, pictureOf(report));
  };

  for (const benchmark of own) await tell(benchmark, () => benchmark.run(OURS, effort, delayMs));
  if (rival === undefined) return;
  const executors = { ours: OURS, rival };
  for (const benchmark of listening) {
    // New ones for each: what was asked before leaves memory and compiled code behind, and a figure is to be the same without it.
    await using servers = await startContenders(executors);
    await tell(benchmark, () => benchmark.run(servers, effort));
  }
  for (const benchmark of starting) await tell(benchmark, () => benchmark.run(executors, effort));
}

const loadNow = (): number => loadavg()[0]!;

try {
  const options = parseOptions(process.argv.slice(2), ALL, GROUPS);
  if (options) await run(options);
  else console.log(helpText(ALL, GROUPS));
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exitCode = 1;
}
