import type { CollectedOutput } from './collected-output.js';
import type { ProcessExit } from './completion.js';
import type { ToldOfEnd } from './process-event.js';

/** How a command ended, and everything it wrote. A command that fails is a result, too: look at `exitCode`. */
export class RunResult implements ProcessExit {
  readonly exitCode: number;
  readonly sandboxDenied: boolean;
  readonly complete: boolean;
  readonly lostChunks: number;
  readonly lostBytes: number | undefined;
  readonly cause: ToldOfEnd['cause'];
  readonly usage: ToldOfEnd['usage'];
  readonly #collected: CollectedOutput;

  /** Made by `Client.run`. */
  constructor(exit: ProcessExit, collected: CollectedOutput) {
    this.exitCode = exit.exitCode;
    this.sandboxDenied = exit.sandboxDenied;
    this.complete = exit.complete;
    this.lostChunks = exit.lostChunks;
    this.lostBytes = exit.lostBytes;
    this.cause = exit.cause;
    this.usage = exit.usage;
    this.#collected = collected;
  }

  /** Bytes of standard output; with a terminal, of all output. */
  get stdout(): Buffer {
    return this.#collected.stdout;
  }

  /** Bytes of standard error. */
  get stderr(): Buffer {
    return this.#collected.stderr;
  }

  /** Bytes of both, in the order in which the executor read them. */
  get output(): Buffer {
    return this.#collected.all;
  }

  /** `stdout` read as UTF-8. */
  get stdoutText(): string {
    return this.stdout.toString();
  }

  /** `stderr` read as UTF-8. */
  get stderrText(): string {
    return this.stderr.toString();
  }

  /** `output` read as UTF-8. */
  get outputText(): string {
    return this.output.toString();
  }
}
