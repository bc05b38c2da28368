/** What becomes of this program when something goes wrong that nobody catches: nobody knows what is still right then. */
import { asError } from '../protocol/fault-text.js';

/** As sysexits.h has it. */
const SOFTWARE = 70;
/** For whatever is to be done before the end: what hangs then is part of what is wrong. */
const PATIENCE_MS = 2000;

export interface LastDeeds {
  readonly tell: (error: Error) => void;
  /** Kills what this program has started. What it leaves is killed by the guards. */
  readonly close: () => Promise<unknown>;
}

/** From now on an error that nobody catches is told, and ends the program with all that it has started: exit code 70. */
export function endOnFault({ tell, close }: LastDeeds): void {
  let isEnding = false;
  process.on('uncaughtException', (thrown) => {
    if (isEnding) process.exit(SOFTWARE);
    isEnding = true;
    setTimeout(() => process.exit(SOFTWARE), PATIENCE_MS);
    tell(asError(thrown));
    void close().finally(() => process.exit(SOFTWARE));
  });
}
