/** Commands whose output shows whether all of it came, once and in order. */
import type { ExecutionContext } from 'ava';
import type { Codex } from './codex-exec.js';
import { meanwhile } from './meanwhile.js';
import type { MeetingPoint } from './meeting-point.js';
import { type Script, writeStdin } from './script.js';
import { oneCommand, shown } from './script-parts.js';

/** Bash code that counts from 0 until all have come to `released`. */
export const countUntil = (name: string, released: MeetingPoint): string =>
  `echo ${name} 0; n=1; ${released.arriveAnd(`echo ${name} $((n++))`)}; echo ${name} ends with $n`;

/** A model that looks on while such a command runs. */
export interface Counting {
  /** It has seen the beginning: so its client knows that the command runs. */
  readonly begun: Promise<void>;
  /** All that it has seen, in the end. */
  readonly output: Promise<string>;
}

export function startCounting(codex: Codex, name: string, released: MeetingPoint): Counting {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const output = codex.run(lookOn(name, released, begin));
  return { begun: meanwhile(output, begun), output };
}

function* lookOn(name: string, released: MeetingPoint, begin: () => void): Script<string> {
  let { answer, transcript } = yield* shown(countUntil(name, released), { after: `${name} 0\n` });
  begin();
  while (answer.state === 'running') {
    answer = yield* oneCommand(writeStdin(answer.sessionId, ''));
    transcript += answer.output;
  }
  return transcript;
}

/** Errors: the first line that is not as it was printed. */
export function assertCounted(t: ExecutionContext, name: string, output: string): void {
  const lines = output.split('\n');
  const counted = lines.length - 2;
  t.deepEqual(lines, [
    ...Array.from({ length: counted }, (_, n) => `${name} ${n}`),
    `${name} ends with ${counted}`,
    '',
  ]);
}
