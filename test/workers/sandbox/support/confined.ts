/** Confined commands, for a supervisor in the thread of the test. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import type { Bubblewrap } from '#src/bubblewrap/bubblewrap.js';
import type { Enforcement, LaunchPlan } from '#src/pool/calls.js';
import { policy } from '#test/sandbox/support/policies.js';
import type { SpawnerName } from '#test/support/executor-program.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { Watched } from '#test/workers/support/watched.js';
import { Launcher } from '#workers/sandbox/launcher.js';
import { Placeholders } from '#workers/sandbox/placeholders.js';

export const BUBBLEWRAP: Bubblewrap = {
  path: '/usr/bin/bwrap',
  bindsDescriptors: spawnSync('/usr/bin/bwrap', ['--help']).stdout?.includes('--bind-fd') ?? false,
  takesArg0: false,
  ownProcesses: true,
  signalEnv: '/usr/bin/env',
};

/** A policy in short words, see `policy`. */
export const enforcing = (words: readonly string[], bubblewrap: Partial<Bubblewrap> = {}): Enforcement => ({
  policy: policy(...words),
  bubblewrap: { ...BUBBLEWRAP, ...bubblewrap },
});

/** A folder that may be written, everything else read; and a supervisor with placeholders of its own. */
export class Scene {
  readonly watched: Watched;
  /** Without links. */
  readonly work: string;
  readonly outside: string;
  readonly placeholders: Placeholders;
  #nextKey = 1;

  constructor(t: ExecutionContext, { spawner = 'auto' as SpawnerName, secrets = [] as readonly string[] } = {}) {
    const folder = new TemporaryFolder();
    this.work = folder.file('work');
    this.outside = folder.file('outside');
    for (const directory of [this.work, this.outside]) mkdirSync(directory);
    this.placeholders = new Placeholders(folder.file('runtime'));
    this.watched = new Watched(t, { spawner, launcher: (used) => new Launcher(used, secrets, this.placeholders) });
    this.watched.sweepOften();
    t.teardown(() => this.watched.end().then(() => folder[Symbol.dispose]()));
  }

  get policy(): readonly string[] {
    return ['read /', `write ${this.work}`];
  }

  /** A shell command under the usual policy, in the writable folder. */
  shell(script: string, more: Partial<LaunchPlan> = {}): LaunchPlan {
    return {
      argv: ['/bin/sh', '-c', script],
      arg0: null,
      directory: this.work,
      environment: [['PATH', '/usr/bin:/bin']],
      stdio: 'pipes',
      confinement: this.confinement(this.policy),
      ...more,
    };
  }

  confinement(words: readonly string[], bubblewrap: Partial<Bubblewrap> = {}): LaunchPlan['confinement'] {
    return { is: 'sandboxed', ...enforcing(words, bubblewrap) };
  }

  run(script: string, more: Partial<LaunchPlan> = {}) {
    return this.watched.run(this.#nextKey++, this.shell(script, more));
  }

  /** Starts it. Out: its key. */
  start(script: string, more: Partial<LaunchPlan> = {}): number {
    const key = this.#nextKey++;
    this.watched.start(key, this.shell(script, more), { watched: false });
    return key;
  }

  /** Why it was refused: code and message. */
  async refusal(more: Partial<LaunchPlan>): Promise<string> {
    const { code, message } = await this.watched.told('refused', this.start('echo started', more));
    return `${code} ${message}`;
  }
}
