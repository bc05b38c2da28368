/** The processes of one worker: carries out what the main thread asks and tells it what happens. */
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { FromWorker, ProcessKey, ToWorker } from '#src/pool/calls.js';
import { signalGroup } from '#src/pool/signal-group.js';
import { INTERNAL_ERROR } from '#src/protocol/errors.js';
import { OUTPUT_CHUNK_BYTES } from '#src/protocol/limits.js';
import { osErrorText, thrownText } from '#src/protocol/os-error.js';
import { RingPool } from '#src/rings/ring-pool.js';
import { FrameSlots } from './frame-slots.js';
import { LiveGroups } from './live-groups.js';
import { planLaunch } from './plan-launch.js';
import type { Child, Spawner } from './spawner.js';
import { SupervisedProcess, type WorkerShare } from './supervised-process.js';

/** A leader whose output has ended is about to end too; should its SIGCHLD be late, this is how soon it is looked for, and how often at last. */
const LATE_END_MS = 5;
const LATEST_END_MS = 1000;
/** What a moment is to a process in a flood of output. Longer brings no more, shorter more wakes. Source: our measurements. */
const TICK_MS = 1;
/** At the end of a worker, how long killed children may take to be gone; one in an uninterruptible wait may take for ever. */
const LAST_REAPING_MS = 2000;
/** Gathering buffers kept for reuse. */
const SPARE_BUFFERS = 16;

type StartCall = Extract<ToWorker, { do: 'start' }>;

export class Supervisor {
  readonly #spawner: Spawner;
  readonly #post: (notes: readonly FromWorker[]) => void;
  readonly #groups: LiveGroups;
  readonly #processes = new Map<ProcessKey, SupervisedProcess>();
  /** Leaders not yet reaped, by pid. */
  readonly #leaders = new Map<number, SupervisedProcess>();
  /** Other children that wait to be reaped: leaders and guard of a worker that died, at the end also our own. */
  readonly #buried = new Set<number>();
  readonly #share: WorkerShare;
  #notes: FromWorker[] = [];
  #lateEnds: NodeJS.Timeout | undefined;
  #patienceMs = LATE_END_MS;
  #ticking: SupervisedProcess[] = [];

  /** `post` sends one message to the main thread. */
  constructor(spawner: Spawner, post: (notes: readonly FromWorker[]) => void) {
    this.#spawner = spawner;
    this.#post = post;
    this.#groups = new LiveGroups(spawner);
    const { guard, unguarded } = this.#groups;
    this.#tellNow({ tell: 'ready', spawner: spawner.kind, guard, unguarded });
    const spare: Uint8Array[] = [];
    this.#share = {
      staging: Buffer.allocUnsafeSlow(OUTPUT_CHUNK_BYTES),
      buffers: {
        take: () => spare.pop() ?? new Uint8Array(OUTPUT_CHUNK_BYTES),
        give: (buffer) => {
          if (spare.length < SPARE_BUFFERS) spare.push(buffer);
        },
      },
      slots: new FrameSlots((slab) => this.#tell({ tell: 'slab', slab })),
      rings: new RingPool(),
      tell: (note) => this.#tell(note),
      tickSoon: (process) => this.#tickSoon(process),
      atEndOfOutput: (process) => {
        if (!this.#reap(process)) this.#expectEnds(LATE_END_MS);
      },
    };
  }

  handle(call: Exclude<ToWorker, { do: 'end' }>): void {
    switch (call.do) {
      case 'start':
        this.#start(call);
        return;
      case 'write':
        this.#processes.get(call.key)?.write(call.bytes);
        return;
      case 'interrupt':
        this.#tell({
          tell: 'interrupted',
          token: call.token,
          errno: this.#processes.get(call.key)?.interrupt() ?? 0,
        });
        return;
      case 'terminate':
        this.#processes.get(call.key)?.terminate();
        return;
      case 'watch':
        for (const key of call.keys) this.#processes.get(key)?.watch(call.watched);
        this.#tell({ tell: 'watching', token: call.token });
        return;
      case 'sent':
        for (const { key, slot } of call.frames) {
          if (slot !== undefined) this.#share.slots.give(slot);
          this.#processes.get(key)?.sent();
        }
        return;
      case 'forget':
        this.#processes.get(call.key)?.abandon();
        this.#processes.delete(call.key);
        return;
      case 'remember':
        return;
      case 'startHelper':
        this.#refuse(call.key, 'helpers are not there yet');
        return;
      case 'check':
        this.#tell({ tell: 'checked', token: call.token, holds: false });
        return;
      case 'sweep':
        this.#sweep();
        return;
      case 'bury':
        for (const pid of call.pids) this.#buried.add(pid);
        this.#sweep();
        return;
      default:
        call satisfies never;
    }
  }

  /** Kills everything and resolves when it has been reaped. */
  async end(): Promise<void> {
    clearTimeout(this.#lateEnds);
    for (const process of this.#processes.values()) {
      process.terminate();
      process.abandon();
    }
    this.#processes.clear();
    for (const pid of this.#leaders.keys()) this.#buried.add(pid);
    if (this.#groups.guard) this.#buried.add(this.#groups.guard.pid);
    this.#leaders.clear();
    this.#groups.close();
    this.#spawner.close();
    for (let waited = 0; waited < LAST_REAPING_MS; waited += LATE_END_MS) {
      this.#sweep();
      if (this.#buried.size === 0) return;
      await delay(LATE_END_MS);
    }
  }

  #start(call: StartCall): void {
    const planned = planLaunch(call.plan);
    if ('refused' in planned) {
      this.#refuse(call.key, planned.refused);
      return;
    }
    this.#spawner.spawn(planned.launch, (result) => {
      if ('errno' in result) {
        this.#refuse(call.key, osErrorText(result.errno));
        return;
      }
      const { child } = result;
      const unlisted = this.#list(child);
      if (unlisted !== undefined) {
        this.#refuse(call.key, unlisted);
        return;
      }
      // The answer leaves before the streams are made: the peer waits for it, and the child is only now beginning to run.
      this.#tellNow({ tell: 'started', key: call.key, pid: child.pid });
      const process = new SupervisedProcess(call.key, call.id, child, call.watched, this.#share);
      this.#processes.set(call.key, process);
      this.#leaders.set(child.pid, process);
    });
  }

  #refuse(key: ProcessKey, message: string): void {
    this.#tellNow({ tell: 'refused', key, code: INTERNAL_ERROR, message });
  }

  /** Puts the group where the guard finds it. Out: why not, for the peer; the child is then killed, since nobody would guard it. */
  #list(child: Child): string | undefined {
    try {
      this.#groups.add(child.pid);
      return undefined;
    } catch (error) {
      signalGroup(child.pid, 'SIGKILL');
      this.#buried.add(child.pid);
      for (const { fd } of child.outputs) closeSync(fd);
      if (child.input !== undefined && child.outputs.every(({ fd }) => fd !== child.input)) closeSync(child.input);
      return thrownText(error);
    }
  }

  /** Looks at every child: signals coalesce, so none of them names the one that ended. */
  #sweep(): void {
    for (const process of [...this.#leaders.values()]) this.#reap(process);
    for (const pid of this.#buried) if (this.#spawner.reap(pid)) this.#buried.delete(pid);
  }

  #reap(process: SupervisedProcess): boolean {
    const status = this.#spawner.reap(process.pid);
    if (!status) return false;
    this.#groups.remove(process.pid);
    this.#leaders.delete(process.pid);
    process.exited(status);
    return true;
  }

  /** Looks for the ends of those whose output has ended, less and less often: some close their output and live on. */
  #expectEnds(ms: number): void {
    if (this.#lateEnds && ms >= this.#patienceMs) return;
    clearTimeout(this.#lateEnds);
    this.#patienceMs = ms;
    this.#lateEnds = setTimeout(() => {
      this.#lateEnds = undefined;
      const late = [...this.#leaders.values()].filter((process) => process.atEndOfOutput && !this.#reap(process));
      if (late.length > 0) this.#expectEnds(Math.min(2 * ms, LATEST_END_MS));
    }, ms);
  }

  #tickSoon(process: SupervisedProcess): void {
    if (this.#ticking.push(process) > 1) return;
    setTimeout(() => {
      const ticking = this.#ticking;
      this.#ticking = [];
      for (const each of ticking) each.tick();
    }, TICK_MS);
  }

  /** Notes of one turn go together: waking the other thread is the dearest part of telling. */
  #tell(note: FromWorker): void {
    if (this.#notes.push(note) === 1) queueMicrotask(() => this.#flush());
  }

  #tellNow(note: FromWorker): void {
    this.#notes.push(note);
    this.#flush();
  }

  #flush(): void {
    if (this.#notes.length === 0) return;
    const notes = this.#notes;
    this.#notes = [];
    this.#post(notes);
  }
}
