/** What a person can ask of the benches. */
import { parseArgs } from 'node:util';
import { LATENCY_CALLS, LATENCY_ROUNDS } from './latency.js';
import type { Question } from './support/benchmark.js';
import { RIVAL_VARIABLE } from './support/programs.js';
import { wrapped } from './support/table.js';

export interface Options {
  /** Names. */
  readonly chosen: ReadonlySet<string>;
  readonly quick: boolean;
  /** In each direction of a long way. */
  readonly delayMs: number;
  /** Files to write. */
  readonly json: string | undefined;
  readonly svg: string | undefined;
}

const DELAY_MS = 40;
const MOST_DELAY_MS = 1_000;

/** Names that stand for many benches. */
export type Groups = Readonly<Record<string, readonly Question[]>>;

/** Undefined when only the help was asked for. Errors: an option, a value or a bench that does not exist, in one line. */
export function parseOptions(args: string[], benches: readonly Question[], groups: Groups): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      'delay-ms': { type: 'string', default: `${DELAY_MS}` },
      json: { type: 'string' },
      svg: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const names = benches.map(({ name }) => name);
  const named = (wanted: string): readonly string[] => {
    if (names.includes(wanted)) return [wanted];
    const group = groups[wanted];
    if (group !== undefined) return group.map(({ name }) => name);
    throw new Error(`no bench "${wanted}"; there are: ${[...Object.keys(groups), ...names].join(', ')}`);
  };
  return {
    chosen: new Set(positionals.length > 0 ? positionals.flatMap(named) : names),
    quick: values.quick,
    delayMs: wholeMs(values['delay-ms']),
    json: values.json,
    svg: values.svg,
  };
}

function wholeMs(value: string): number {
  if (!/^\d{1,4}$/.test(value) || Number(value) > MOST_DELAY_MS)
    throw new Error(`--delay-ms: expected 0 to ${MOST_DELAY_MS}, whole milliseconds, got "${value}"`);
  return Number(value);
}

export function helpText(benches: readonly Question[], groups: Groups): string {
  const width = Math.max(...benches.map(({ name }) => name.length));
  const list = benches.map(({ name, question }) => indented(`  ${name.padEnd(width)} `, question));
  const together = Object.entries(groups).map(([name, members]) =>
    indented(`  ${name.padEnd(width)} `, members.map((member) => member.name).join(', ')),
  );
  return `Usage: npm run bench -- [NAME...] [--quick] [--delay-ms N] [--json FILE] [--svg FILE]

Compares this executor with the real \`codex exec-server\`, both on this machine and measured in turn: A B A B ...
A round is one block of calls to each. Every figure is the median over the rounds; the ratio is taken within each
round and depends least on what else the machine was doing; still, a quiet machine is what to measure on. The load
of the last minute is printed before and after each bench.

Benches (all, if none is named):
${list.join('\n')}

Names for many:
${together.join('\n')}

Options:
  --quick       as little as shows that everything runs; its figures mean nothing, and no goal is judged
  --delay-ms N  what \`latency\` delays every byte by, in each direction (0 to ${MOST_DELAY_MS}; default ${DELAY_MS})
  --json FILE   writes the figures to FILE, too: the machine, the builds, the load, and of each figure how many single
                measurements it is of, with their least, mean, deviation, p50, p95 and most
  --svg FILE    draws the ratios with their spread to FILE, and what is to be reached as a line
  --help        shows this
Both files are written anew after each bench: what breaks off leaves what was measured before.

\`latency\` needs no other program: it repeats, with our client and our executor, the experiment for which pushed
events were introduced in the real program, and prints what was published beside it. Its two arms use the same build,
client, connection and way, in turn, ${LATENCY_ROUNDS} runs of ${LATENCY_CALLS} calls each:
  pushed events  our client as it is: a command is complete when its last event says so
  final read     the same, and then one process/read that does not wait, as clients did before
"end to end" is the whole call, "start" from process/start to its answer, "completion wait" from there to the end of
the call, "final read" from process/read to its answer. A bare echo over the same way shows what the way itself takes.
The requests are counted where they leave the client, below everything that decides to ask. Percentiles are of each
run, and the figures medians over the runs.

Some other figures are taken twice: with the programs as shipped, and with the 40 ms taken away for which the real
program waits before its second of two small messages, since it does not set TCP_NODELAY. That needs root and \`ip\`:
the route to 127.0.0.1 acknowledges at once meanwhile, and is put back afterwards.

\`event-loop\` and \`floors\` need no other program either. \`floors\` is to be read where a goal is missed: it asks some of
the others' questions of a server of a hundred lines that does only what cannot be left out, and so shows what is left
to gain. What a process uses is what /proc says of it.

The real program is installed with npm when it is first needed (about 300 MB, below .cache); the environment variable
${RIVAL_VARIABLE} may name another one. \`start-up\` also starts it by the command that npm installs for it.`;
}

const COLUMNS = 120;

/** Text that goes on below its own beginning. */
const indented = (head: string, text: string): string =>
  wrapped(text, COLUMNS - head.length)
    .map((line, nth) => (nth === 0 ? head : ' '.repeat(head.length)) + line)
    .join('\n');
