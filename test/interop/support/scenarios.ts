import type { ExecutionContext } from 'ava';
import type { Codex } from './codex-exec.js';
import { openMeetingPoint } from './meeting-point.js';
import { execCommand } from './script.js';
import { oneStep, shown, typed } from './script-parts.js';
import { exitCode } from './tool-answer.js';

/** Something a model does through its client, with what it must see: the same on every executor. */
export interface Scenario {
  /** Completes the sentence "a model ...". */
  readonly title: string;
  /** Presses Ctrl-C on a terminal, or sends what that stands for where there is none. */
  readonly interrupts?: 'on a terminal' | 'without a terminal';
  play(t: ExecutionContext, codex: Codex): Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'sees both outputs and the exit code of a one-shot command',
    async play(t, codex) {
      const [answer] = await codex.run(oneStep([execCommand('echo out; echo err >&2; exit 3')]));
      t.is(exitCode(answer), 3);
      // Two pipes: which of the two lines comes first is nobody's promise.
      t.deepEqual(answer?.output.split('\n').sort(), ['', 'err', 'out']);
    },
  },
  {
    title: 'types into a terminal of 24 rows and 80 columns',
    async play(t, codex) {
      const command = `printf 'name? '; read -r name; echo "hello $name"; stty size; exit 5`;
      const { answer, transcript } = await codex.run(typed(command, { tty: true, after: 'name? ', chars: 'Ada\n' }));
      t.is(exitCode(answer), 5);
      t.is(transcript, 'name? Ada\r\nhello Ada\r\n24 80\r\n');
    },
  },
  {
    title: 'sees the beginning, the end and the exact size of 5 MiB of output',
    async play(t, codex) {
      const [answer] = await codex.run(oneStep([execCommand(IN_PORTIONS, { maxOutputTokens: 200 })]));
      t.is(exitCode(answer), 0);
      t.true(answer?.output.includes(`\n\n${line(1)}${line(2)}`), answer?.output);
      t.true(answer?.output.endsWith(`${line(LINES - 1)}${line(LINES)}`), answer?.output);
      t.is(answer?.outputTokens, (5 * 1024 * 1024) / BYTES_PER_TOKEN);
    },
  },
  {
    title: 'sees the end of 5 MiB of output that come at once',
    async play(t, codex) {
      const [answer] = await codex.run(
        oneStep([execCommand(numberedLines('1', `${LINES}`), { maxOutputTokens: 200 })]),
      );
      t.is(exitCode(answer), 0);
      t.true(answer?.output.endsWith(`${line(LINES - 1)}${line(LINES)}`), answer?.output);
    },
  },
  {
    title: 'sees exit code 137 of a command that was killed',
    async play(t, codex) {
      const [answer] = await codex.run(oneStep([execCommand('echo before; kill -KILL $$')]));
      t.is(exitCode(answer), 137);
      t.is(answer?.output, 'before\n');
    },
  },
  {
    title: 'interrupts a command without a terminal',
    interrupts: 'without a terminal',
    async play(t, codex) {
      const { answer, transcript } = await codex.run(typed(UNTIL_INTERRUPTED, { after: 'ready', chars: CTRL_C }));
      t.is(exitCode(answer), 42);
      t.is(transcript, 'ready\ninterrupted\n');
    },
  },
  {
    title: 'interrupts a command in a terminal',
    interrupts: 'on a terminal',
    async play(t, codex) {
      const keys = { tty: true, after: 'ready', chars: CTRL_C };
      const { answer, transcript } = await codex.run(typed(UNTIL_INTERRUPTED, keys));
      t.is(exitCode(answer), 42);
      t.is(transcript, 'ready\r\n^Cinterrupted\r\n');
    },
  },
  {
    title: 'leaves no process behind when its session ends',
    async play(t, codex) {
      await using meeting = await openMeetingPoint(1);
      const command = `${meeting.arrive}; echo started; exec sleep 1000`;
      const { transcript } = await codex.run(shown(command, { after: 'started' }));
      t.is(transcript, 'started\n');
      await t.notThrowsAsync(meeting.allGone);
    },
  },
  {
    title: 'runs 8 commands at the same time',
    async play(t, codex) {
      await using meeting = await openMeetingPoint(8);
      const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
      const answers = await codex.run(
        oneStep(numbers.map((n) => execCommand(`echo begin ${n}; ${meeting.arrive}; echo end ${n}; exit ${n}`))),
      );
      t.deepEqual(
        answers.map((answer) => [exitCode(answer), answer.output]),
        numbers.map((n) => [n, `begin ${n}\nend ${n}\n`]),
      );
    },
  },
];

/** 65,536 numbered lines of 80 bytes are 5 MiB. */
const LINES = 65_536;
const DOTS = '.'.repeat(64);
const line = (number: number): string => `${String(number).padStart(15, '0')}${DOTS}\n`;
const numberedLines = (from: string, to: string): string => `seq -f '%015.0f${DOTS}' ${from} ${to}`;
/** The clients buffer 256 events and lose the middle of the output when more come at once, also from their own executor. */
const IN_PORTIONS = `for n in {0..31}; do ${numberedLines('$((n * 2048 + 1))', '$((n * 2048 + 2048))')}; sleep 0.05; done`;
const BYTES_PER_TOKEN = 4;
export const CTRL_C = '\u0003';
export const UNTIL_INTERRUPTED = `trap 'echo interrupted; exit 42' INT; echo ready; while :; do sleep 0.1; done`;
