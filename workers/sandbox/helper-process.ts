/** A helper as its worker knows it: a program of ours in a sandbox, whose pipes the main thread has. */
import type { Enforcement, FromWorker, ProcessKey } from '#src/pool/calls.js';
import type { MountPlan } from '#src/sandbox/mount-plan.js';
import { exitCodeOf } from '../exit-code.js';
import type { Leader } from '../leader.js';
import type { EndedLeader } from '../spawner.js';
import type { LivingSandbox } from './living-sandbox.js';

/** What a helper gets of the environment of this program: not what could change how Node runs, nor any secret. */
export const helperEnvironment = (environment: NodeJS.ProcessEnv): [name: string, value: string][] =>
  ['PATH', 'TMPDIR', 'TMP', 'TEMP'].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });

export interface HelperParts {
  readonly key: ProcessKey;
  readonly pid: number;
  readonly enforcement: Enforcement;
  readonly plan: MountPlan;
  readonly sandbox: LivingSandbox;
}

export class HelperProcess implements Leader {
  readonly pid: number;
  readonly enforcement: Enforcement;
  readonly plan: MountPlan;
  /** Nobody here reads its output. */
  readonly atEndOfOutput = false;
  readonly #key: ProcessKey;
  readonly #sandbox: LivingSandbox;
  readonly #tell: (note: FromWorker) => void;
  #running = true;

  constructor({ key, pid, enforcement, plan, sandbox }: HelperParts, tell: (note: FromWorker) => void) {
    this.#key = key;
    this.pid = pid;
    this.enforcement = enforcement;
    this.plan = plan;
    this.#sandbox = sandbox;
    this.#tell = tell;
  }

  terminate(): void {
    if (this.#running) this.#sandbox.terminate();
  }

  reaped(): void {
    this.#running = false;
  }

  exited({ status }: EndedLeader): void {
    this.#tell({ tell: 'helperEnded', key: this.#key, exitCode: exitCodeOf(status) });
  }
}
