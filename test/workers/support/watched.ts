/** A supervisor in the thread of the test, and what it tells. */
import { EventEmitter, once } from 'node:events';
import type { ExecutionContext } from 'ava';
import type { FromWorker, LaunchPlan, ProcessKey } from '#src/pool/calls.js';
import { RingReader } from '#src/rings/ring-reader.js';
import type { SpawnerName } from '#test/support/executor-program.js';
import { createNodeSpawner } from '#workers/fallback/node-spawner.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import type { Launcher } from '#workers/sandbox/launcher.js';
import type { Spawner } from '#workers/spawner.js';
import { Supervisor } from '#workers/supervisor.js';

export type Told<Kind extends FromWorker['tell']> = Extract<FromWorker, { tell: Kind }>;
type AboutProcess =
  | 'started'
  | 'refused'
  | 'ring'
  | 'output'
  | 'exited'
  | 'closed'
  | 'taken'
  | 'helper'
  | 'helperEnded';

export interface WatchedOptions {
  readonly spawner?: SpawnerName;
  readonly launcher?: (spawner: Spawner) => Launcher;
}

/** A supervisor and the messages it posted, each a list of notes. */
export class Watched {
  readonly messages: (readonly FromWorker[])[] = [];
  readonly spawner: Spawner;
  readonly supervisor: Supervisor;
  readonly #posts = new EventEmitter();
  #ended: Promise<void> | undefined;
  #sweeping: NodeJS.Timeout | undefined;

  /** `launcher` makes one for the spawner that is used, if not the usual one. */
  constructor(t: ExecutionContext, { spawner = 'auto', launcher }: WatchedOptions = {}) {
    this.spawner =
      spawner === 'auto' ? createPosixSpawner()! : createNodeSpawner(() => this.supervisor.handle({ do: 'sweep' }));
    this.supervisor = new Supervisor(
      this.spawner,
      (notes) => {
        this.messages.push(notes);
        this.#posts.emit('post');
      },
      launcher?.(this.spawner),
    );
    t.teardown(() => this.end());
  }

  /** Looks at the children again and again, as the main thread has it done at each SIGCHLD, which no other thread gets. */
  sweepOften(): void {
    this.#sweeping ??= setInterval(() => this.supervisor.handle({ do: 'sweep' }), 2);
  }

  /** Ends the supervisor, once. */
  end(): Promise<void> {
    clearInterval(this.#sweeping);
    this.#ended ??= this.supervisor.end();
    return this.#ended;
  }

  start(key: ProcessKey, plan: LaunchPlan, { id = `p${key}`, watched = true } = {}): void {
    this.supervisor.handle({ do: 'start', key, id, plan, watched });
  }

  /** The first note of this kind about this process, now or later. */
  async told<Kind extends AboutProcess>(tell: Kind, key: ProcessKey): Promise<Told<Kind>> {
    for (;;) {
      const note = this.all(tell, key)[0];
      if (note) return note;
      await once(this.#posts, 'post');
    }
  }

  /** Resolves when the process has said this on any of its streams. */
  async said(text: string, key: ProcessKey): Promise<void> {
    while (!this.textOf(key).includes(text)) await once(this.#posts, 'post');
  }

  /** What the process has said so far. */
  textOf(key: ProcessKey): string {
    const ring = this.all('ring', key)[0]?.ring;
    if (!ring) return '';
    const { chunks } = new RingReader(ring).snapshot(0, undefined);
    return chunks.map(({ bytes }) => String(bytes)).join('');
  }

  /** Starts it and waits for its end. */
  async run(key: ProcessKey, plan: LaunchPlan): Promise<{ exitCode: number; sandboxDenied: boolean; text: string }> {
    this.start(key, plan, { watched: false });
    const refused = this.all('refused', key)[0];
    if (refused) throw new Error(`refused: ${refused.message}`);
    const { exitCode, sandboxDenied } = await this.told('exited', key);
    await this.told('closed', key);
    return { exitCode, sandboxDenied, text: this.textOf(key) };
  }

  all<Kind extends FromWorker['tell']>(tell: Kind, key: ProcessKey): Told<Kind>[] {
    return this.messages
      .flat()
      .filter((note): note is Told<Kind> => note.tell === tell && 'key' in note && note.key === key);
  }
}
