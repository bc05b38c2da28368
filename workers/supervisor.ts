/** The processes of one worker: carries out what the main thread asks and tells it what happens. */
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Enforcement, FromWorker, ProcessKey, ToWorker } from '#src/pool/calls.js';
import { signalGroup } from '#src/pool/signal-group.js';
import { createStartMarks } from '#src/pool/start-marks.js';
import { internalError, RpcError } from '#src/protocol/errors.js';
import { OUTPUT_CHUNK_BYTES } from '#src/protocol/limits.js';
import { osErrorText, thrownText } from '#src/protocol/os-error.js';
import { RingPool } from '#src/rings/ring-pool.js';
import type { MountPlan } from '#src/sandbox/mount-plan.js';
import { HELPER_COMMAND, helperNeeds } from '#src/sandboxed-files/helper-needs.js';
import { killFamilies } from './descendants/kill-families.js';
import { createMarks, type Marks } from './descendants/marks.js';
import { FrameSlots } from './frame-slots.js';
import type { Leader } from './leader.js';
import { LiveGroups } from './live-groups.js';
import { planLaunch } from './plan-launch.js';
import { HelperProcess, helperEnvironment } from './sandbox/helper-process.js';
import { type ConfinedLaunch, Launcher, type Wish } from './sandbox/launcher.js';
import type { LivingSandbox } from './sandbox/living-sandbox.js';
import type { Child, Launch, Spawner, SpawnResult, UsedByLeader } from './spawner.js';
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

/** What has been started. */
interface Running {
  readonly child: Child;
  readonly mark: bigint | undefined;
  readonly sandbox: LivingSandbox | undefined;
}

type StartCall = Extract<ToWorker, { do: 'start' }>;
type HelperCall = Extract<ToWorker, { do: 'startHelper' }>;

export class Supervisor {
  readonly #spawner: Spawner;
  readonly #post: (notes: readonly FromWorker[]) => void;
  readonly #groups: LiveGroups;
  readonly #processes = new Map<ProcessKey, SupervisedProcess>();
  readonly #helpers = new Map<ProcessKey, HelperProcess>();
  /** Leaders not yet reaped, by pid. */
  readonly #leaders = new Map<number, Leader>();
  readonly #launcher: Launcher;
  /** Of which something may be left, by the pids that their leaders have or had. */
  readonly #sandboxes = new Map<number, LivingSandbox>();
  /** Other children that wait to be reaped: leaders and guard of a worker that died, at the end also our own. */
  readonly #buried = new Set<number>();
  readonly #share: WorkerShare;
  readonly #marks: Marks | undefined;
  /** To be killed, together: it is one look at all processes of the machine. */
  #condemned: SupervisedProcess[] = [];
  #notes: FromWorker[] = [];
  #lateEnds: NodeJS.Timeout | undefined;
  #patienceMs = LATE_END_MS;
  #ticking: SupervisedProcess[] = [];

  /** `post` sends one message to the main thread; without `launcher` and `marks` it is alone in its program. */
  constructor(
    spawner: Spawner,
    post: (notes: readonly FromWorker[]) => void,
    launcher: Launcher = new Launcher(spawner, []),
    marks: Marks | undefined = createMarks(createStartMarks()),
  ) {
    this.#spawner = spawner;
    this.#launcher = launcher;
    this.#marks = marks;
    this.#post = post;
    this.#groups = new LiveGroups(spawner);
    const { guard, unguarded } = this.#groups;
    // Started beside a leader of another worker it would be ended with that.
    if (guard) marks?.clear(guard.pid);
    this.#tellNow({ tell: 'ready', spawner: spawner.kind, guard, unguarded, adopts: spawner.adopts });
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
      kill: (process) => {
        if (this.#condemned.push(process) === 1) setImmediate(() => this.#killCondemned());
      },
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
        (this.#processes.get(call.key) ?? this.#helpers.get(call.key))?.terminate();
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
        this.#launcher.remember(call.writable);
        return;
      case 'startHelper':
        this.#startHelper(call);
        return;
      case 'check':
        this.#tell({ tell: 'checked', token: call.token, holds: this.#holds(call.key) });
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
    for (const process of this.#processes.values()) process.terminate();
    this.#killCondemned();
    // Behind that: a terminal that is given up ends its leader, whose descendants would be looked for in vain.
    for (const process of this.#processes.values()) process.abandon();
    for (const helper of this.#helpers.values()) helper.terminate();
    this.#processes.clear();
    this.#helpers.clear();
    for (const pid of this.#leaders.keys()) this.#buried.add(pid);
    if (this.#groups.guard) this.#buried.add(this.#groups.guard.pid);
    this.#leaders.clear();
    this.#groups.close();
    this.#spawner.close();
    for (let waited = 0; waited < LAST_REAPING_MS; waited += LATE_END_MS) {
      this.#sweep();
      if (this.#buried.size + this.#sandboxes.size === 0) break;
      await delay(LATE_END_MS);
    }
    for (const sandbox of this.#sandboxes.values()) sandbox.close();
    this.#launcher.close();
  }

  #start(call: StartCall): void {
    const { confinement, ...plan } = call.plan;
    if (confinement?.is === 'sandboxed') {
      const { policy } = confinement;
      const network = policy.kind === 'confined' ? policy.network : 'restricted';
      this.#startConfined(call.key, { ...plan, network, needs: [] }, confinement, (running) =>
        this.#supervise(call, running),
      );
      return;
    }
    const planned = planLaunch(call.plan);
    if ('refused' in planned) {
      this.#refuse(call.key, internalError(planned.refused));
      return;
    }
    this.#spawn(planned.launch, (result, mark) => {
      const child = this.#childOf(call.key, result, mark);
      if (child) this.#supervise(call, { child, mark, sandbox: undefined });
    });
  }

  #startHelper({ key, enforcement }: HelperCall): void {
    const wish: Wish = {
      argv: HELPER_COMMAND,
      arg0: null,
      directory: '/',
      environment: helperEnvironment(process.env),
      stdio: 'pipes and stdin',
      network: 'restricted',
      needs: helperNeeds(),
      forOthers: true,
    };
    this.#startConfined(key, wish, enforcement, ({ child, sandbox, plan }) => {
      const helper = new HelperProcess({ key, pid: child.pid, enforcement, plan, sandbox }, (note) => {
        this.#helpers.delete(key);
        this.#tell(note);
      });
      this.#helpers.set(key, helper);
      this.#leaders.set(child.pid, helper);
      const [output, errors] = child.outputs;
      const pipes = { input: child.input!, output: output!.fd, errors: errors!.fd };
      this.#tellNow({ tell: 'helper', key, pid: child.pid, ...pipes });
    });
  }

  #startConfined(
    key: ProcessKey,
    wish: Wish,
    enforcement: Enforcement,
    started: (running: Running & { sandbox: LivingSandbox; plan: MountPlan }) => void,
  ): void {
    let prepared: ConfinedLaunch;
    try {
      prepared = this.#launcher.prepare(wish, enforcement);
    } catch (error) {
      this.#refuse(key, error instanceof RpcError ? error : internalError(thrownText(error), error));
      return;
    }
    let answered = false;
    try {
      this.#spawn(prepared.launch, (result, mark) => {
        answered = true;
        if ('errno' in result) prepared.abandoned();
        const sandbox = 'child' in result ? prepared.started(result.child.pid) : undefined;
        const child = this.#childOf(key, result, mark, sandbox);
        if (child && sandbox) started({ child, mark, sandbox, plan: prepared.plan });
      });
    } catch (error) {
      if (answered) throw error;
      prepared.abandoned();
      this.#refuse(key, internalError(thrownText(error), error));
    } finally {
      prepared.handedOver();
    }
  }

  #spawn(launch: Launch, done: (result: SpawnResult, mark: bigint | undefined) => void): void {
    const marking = this.#marks?.next();
    if (marking) this.#groups.begins(marking.mark);
    const begun = () => {
      if (marking) this.#groups.begun(marking.mark);
    };
    try {
      this.#spawner.spawn({ ...launch, forking: marking }, (result) => {
        if ('child' in result) marking?.started(result.child.pid);
        done(result, marking?.mark);
        begun();
      });
    } catch (error) {
      begun();
      throw error;
    }
  }

  /** The child, if there is one and it is guarded; else the peer is told why not. */
  #childOf(key: ProcessKey, result: SpawnResult, mark: bigint | undefined, sandbox?: LivingSandbox): Child | undefined {
    if ('errno' in result) {
      this.#refuse(key, internalError(osErrorText(result.errno)));
      return undefined;
    }
    const { child } = result;
    if (sandbox) this.#sandboxes.set(child.pid, sandbox);
    const unlisted = this.#list(child, mark);
    if (unlisted === undefined) return child;
    this.#refuse(key, internalError(unlisted));
    return undefined;
  }

  #supervise({ key, id, plan, watched }: StartCall, { child, mark, sandbox }: Running): void {
    // The answer leaves before the streams are made: the peer waits for it, and the child is only now beginning to run.
    this.#tellNow({ tell: 'started', key, pid: child.pid });
    const isConfined = plan.confinement !== null;
    const process = new SupervisedProcess({ key, id, child, mark, watched, isConfined, sandbox }, this.#share);
    this.#processes.set(key, process);
    this.#leaders.set(child.pid, process);
  }

  #refuse(key: ProcessKey, { code, message }: RpcError): void {
    this.#tellNow({ tell: 'refused', key, code, message });
  }

  /** Whether a new sandbox of this helper's policy would be the same. What cannot be planned any more is not. */
  #holds(key: ProcessKey): boolean {
    const helper = this.#helpers.get(key);
    if (!helper) return false;
    try {
      return this.#launcher.stillHolds(helper.enforcement, helper.plan);
    } catch {
      return false;
    }
  }

  /** Puts the group where the guard finds it. Out: why not, for the peer; the child is then killed, since nobody would guard it. */
  #list(child: Child, mark: bigint | undefined): string | undefined {
    try {
      this.#groups.add(child.pid, mark);
      return undefined;
    } catch (error) {
      signalGroup(child.pid, 'SIGKILL');
      this.#buried.add(child.pid);
      for (const { fd } of child.outputs) closeSync(fd);
      if (child.input !== undefined && child.outputs.every(({ fd }) => fd !== child.input)) closeSync(child.input);
      return thrownText(error);
    }
  }

  #killCondemned(): void {
    const running = this.#condemned.filter((process) => process.running);
    this.#condemned = [];
    if (running.length > 0) killFamilies(new Map(running.map(({ pid, mark }) => [pid, mark])), this.#marks);
  }

  /** Looks at every child: signals coalesce, so none of them names the one that ended. */
  #sweep(): void {
    for (const leader of [...this.#leaders.values()]) this.#reap(leader);
    for (const pid of this.#buried) {
      if (!this.#spawner.reap(pid)) continue;
      this.#buried.delete(pid);
      this.#whenGone(pid, undefined, () => {});
    }
  }

  #reap(leader: Leader): boolean {
    const { pid } = leader;
    const ended = this.#spawner.reap(pid);
    if (!ended) return false;
    this.#groups.remove(pid);
    this.#leaders.delete(pid);
    leader.reaped();
    this.#whenGone(pid, ended.used, (used) => leader.exited({ ...ended, used }));
    return true;
  }

  /** Behind the end of this leader, when nothing of its sandbox is left; at once if it had none. `used`: by it, and then by all. */
  #whenGone(pid: number, used: UsedByLeader | undefined, gone: (used: UsedByLeader | undefined) => void): void {
    const sandbox = this.#sandboxes.get(pid);
    if (!sandbox) gone(used);
    sandbox?.leaderEnded(used, (all) => {
      // The number may be another leader's by now.
      if (this.#sandboxes.get(pid) === sandbox) this.#sandboxes.delete(pid);
      gone(all);
    });
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
