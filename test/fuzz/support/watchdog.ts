/** A thread that looks whether the cases of its program go on, and ends the program with a word when they do not. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const LOOK_MS = 60_000;

const { seed, title } = workerData as { readonly seed: Int32Array; readonly title: string };

let before: number | undefined;
setInterval(() => {
  const now = Atomics.load(seed, 0);
  if (now === before) {
    writeSync(2, `"${title}" does not end with FARHAND_FUZZ_SEED=${now} FARHAND_FUZZ_CASES=1\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  before = now;
}, LOOK_MS);
