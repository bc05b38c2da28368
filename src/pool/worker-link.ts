/** The main thread's end of one supervising worker: routes its notes to the owners of the processes and keeps its accounts. */
import { closeSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { RpcError } from '../protocol/errors.js';
import type { RingExit } from '../rings/published-state.js';
import type {
  Enforcement,
  Frame,
  FromWorker,
  LaunchPlan,
  ProcessKey,
  SentFrame,
  StartedHelper,
  ToWorker,
  WorkersEnd,
} from './calls.js';
import { FrameSlabs } from './frame-slabs.js';
import { signalGroup } from './signal-group.js';

/** Who a process belongs to, and is told what happens to it. Calls come in the order of the events. */
export interface ProcessOwner {
  started(pid: number): void;
  /** Nothing was started, or the worker died before it could be. The error is for the peer. */
  refused(error: RpcError): void;
  ring(ring: SharedArrayBuffer): void;
  /** `message` is a ready process/output message, if the process was watched. `sent` must be called once, when it has left or was dropped. */
  output(seq: number, message: string | Uint8Array | undefined, sent: () => void): void;
  exited(exit: RingExit, end: WorkersEnd): void;
  closed(seq: number): void;
  taken(writes: number): void;
  /** The worker has died, and the process with it. Nothing follows. */
  lost(): void;
}

/** Who uses a helper. Calls come in the order of the events; behind `refused`, `ended` and `lost` nothing follows. */
export interface HelperOwner {
  /** The pipes are the owner's from here on. */
  started(helper: StartedHelper): void;
  refused(error: RpcError): void;
  /** It has ended, whoever wanted that. */
  ended(exitCode: number): void;
  /** The worker has died, and the helper with it. */
  lost(): void;
}

interface Charge {
  readonly owner: ProcessOwner;
  /** Told, perhaps more than once, when there is no process. */
  readonly over: () => void;
  /** Known while the leader may run. */
  pid: number | undefined;
  ended: boolean;
}

interface HelperCharge {
  readonly owner: HelperOwner;
  /** Known while the leader may run. */
  pid: number | undefined;
}

/** Among answers that are an errno, the one that stands for yes. */
const HOLDS = -1;

export type ReadyNote = Extract<FromWorker, { tell: 'ready' }>;

export class WorkerLink {
  readonly #port: MessagePort;
  readonly #tellReady: (note: ReadyNote) => void;
  readonly #slabs = new FrameSlabs();
  readonly #charges = new Map<ProcessKey, Charge>();
  readonly #helpers = new Map<ProcessKey, HelperCharge>();
  /** Who waits for the answer to a call, by token; the answer is an errno. */
  readonly #awaited = new Map<number, (errno: number) => void>();
  #ready: ReadyNote | undefined;
  #sent: SentFrame[] = [];
  #nextToken = 1;
  #live = 0;
  /** It has got children of another worker, which may end when it has none of its own. */
  #buries = false;
  /** Whom it was told to bury before it served: should it die now, somebody else must. */
  readonly #unburied: number[] = [];
  #dead = false;

  /** `ready` is told when the worker serves, and how. */
  constructor(port: MessagePort, ready: (note: ReadyNote) => void) {
    this.#port = port;
    this.#tellReady = ready;
    port.on('message', (notes: readonly FromWorker[]) => {
      for (const note of notes) this.#heed(note);
    });
  }

  /** Processes that are starting or running. */
  get live(): number {
    return this.#live;
  }

  /** Whether the worker has come as far as serving. */
  get wasReady(): boolean {
    return this.#ready !== undefined;
  }

  /** `over` is called, perhaps more than once, when there is no process: it has ended, or was never started. */
  start(
    key: ProcessKey,
    id: string,
    plan: LaunchPlan,
    watched: boolean,
    owner: ProcessOwner,
    over: () => void = () => {},
  ): void {
    this.#charges.set(key, { owner, over, pid: undefined, ended: false });
    this.#live++;
    this.#post({ do: 'start', key, id, plan, watched });
  }

  startHelper(key: ProcessKey, enforcement: Enforcement, owner: HelperOwner): void {
    this.#helpers.set(key, { owner, pid: undefined });
    this.#post({ do: 'startHelper', key, enforcement });
  }

  /** Whether a new sandbox of this helper's policy would be the same; false when the worker dies. */
  async check(key: ProcessKey): Promise<boolean> {
    return this.#helpers.has(key) && (await this.#ask((token) => ({ do: 'check', key, token }))) === HOLDS;
  }

  remember(writable: readonly string[]): void {
    this.#post({ do: 'remember', writable });
  }

  write(key: ProcessKey, bytes: Uint8Array): void {
    this.#post({ do: 'write', key, bytes });
  }

  /** Resolves with 0, or the errno of the system's refusal; with 0 too when the worker dies. */
  interrupt(key: ProcessKey): Promise<number> {
    return this.#ask((token) => ({ do: 'interrupt', key, token }));
  }

  terminate(key: ProcessKey): void {
    this.#post({ do: 'terminate', key });
  }

  /** Resolves when the worker acts on it; output before that may have gone to the ring only. Resolves too when the worker dies. */
  async watch(keys: readonly ProcessKey[], watched: boolean): Promise<void> {
    await this.#ask((token) => ({ do: 'watch', keys, watched, token }));
  }

  /** The process has exited and nobody will read it again; nothing more is told of it. */
  forget(key: ProcessKey): void {
    this.#charges.delete(key);
    this.#post({ do: 'forget', key });
  }

  /** Some child has changed state. */
  sweep(): void {
    if (this.#live > 0 || this.#helpers.size > 0 || this.#buries) this.#post({ do: 'sweep' });
  }

  bury(pids: readonly number[]): void {
    this.#buries = true;
    if (!this.#ready) this.#unburied.push(...pids);
    this.#post({ do: 'bury', pids });
  }

  /** Asks the worker to kill everything and end its task. */
  end(): void {
    this.#post({ do: 'end' });
  }

  /** The worker has ended as asked. */
  ended(): void {
    this.#dead = true;
    this.#port.close();
    this.#failAll();
  }

  /** The worker is gone without having been asked: fails what it owned. Returns the children that nobody reaps now. */
  died(): number[] {
    for (let rest = receiveMessageOnPort(this.#port); rest; rest = receiveMessageOnPort(this.#port)) {
      for (const note of rest.message as readonly FromWorker[]) this.#heed(note);
    }
    this.#dead = true;
    this.#port.close();
    const charges = [...this.#charges.values(), ...this.#helpers.values()];
    const orphans = charges.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    const guard = this.#ready?.guard;
    if (guard) {
      // It takes the end of the lifeline as the end of the program, and kills what the worker left running.
      closeSync(guard.lifeline);
      closeSync(guard.table);
      orphans.push(guard.pid);
    } else {
      for (const pid of orphans) signalGroup(pid, 'SIGKILL');
    }
    if (!this.#ready) orphans.push(...this.#unburied);
    this.#failAll();
    return orphans;
  }

  #failAll(): void {
    for (const resolve of this.#awaited.values()) resolve(0);
    this.#awaited.clear();
    const charges = [...this.#charges.values()];
    this.#charges.clear();
    this.#live = 0;
    for (const charge of charges) {
      charge.over();
      if (!charge.ended) charge.owner.lost();
    }
    const helpers = [...this.#helpers.values()];
    this.#helpers.clear();
    for (const { owner } of helpers) owner.lost();
  }

  #heed(note: FromWorker): void {
    switch (note.tell) {
      case 'ready':
        this.#ready = note;
        this.#tellReady(note);
        return;
      case 'slab':
        this.#slabs.add(note.slab);
        return;
      case 'watching':
        this.#answered(note.token, 0);
        return;
      case 'interrupted':
        this.#answered(note.token, note.errno);
        return;
      case 'checked':
        this.#answered(note.token, note.holds ? HOLDS : 0);
        return;
      case 'helper':
        this.#heedHelper(note);
        return;
      case 'helperEnded':
        this.#takeHelper(note.key)?.ended(note.exitCode);
        return;
      default:
        this.#heedProcess(note);
    }
  }

  #heedHelper(note: Extract<FromWorker, { tell: 'helper' }>): void {
    const charge = this.#helpers.get(note.key);
    if (!charge) return;
    charge.pid = note.pid;
    charge.owner.started(note);
  }

  #takeHelper(key: ProcessKey): HelperOwner | undefined {
    const charge = this.#helpers.get(key);
    this.#helpers.delete(key);
    return charge?.owner;
  }

  #heedProcess(note: Exclude<Extract<FromWorker, { key: ProcessKey }>, { tell: 'helper' | 'helperEnded' }>): void {
    const charge = this.#charges.get(note.key);
    if (!charge) {
      if (note.tell === 'refused') this.#takeHelper(note.key)?.refused(new RpcError(note.code, note.message));
      if (note.tell === 'output' && note.frame) this.#frameSent(note.key, note.frame);
      return;
    }
    const { owner } = charge;
    switch (note.tell) {
      case 'started':
        charge.pid = note.pid;
        owner.started(note.pid);
        return;
      case 'refused':
        this.#live--;
        charge.over();
        this.#charges.delete(note.key);
        owner.refused(new RpcError(note.code, note.message));
        return;
      case 'ring':
        owner.ring(note.ring);
        return;
      case 'output': {
        const { key, frame } = note;
        if (frame) owner.output(note.seq, this.#message(frame), () => this.#frameSent(key, frame));
        else owner.output(note.seq, undefined, () => {});
        return;
      }
      case 'exited':
        this.#live--;
        charge.over();
        charge.pid = undefined;
        owner.exited({ seq: note.seq, exitCode: note.exitCode, sandboxDenied: note.sandboxDenied }, note.end);
        return;
      case 'closed':
        charge.ended = true;
        owner.closed(note.seq);
        return;
      case 'taken':
        owner.taken(note.writes);
        return;
      default:
        note satisfies never;
    }
  }

  #ask(call: (token: number) => ToWorker): Promise<number> {
    if (this.#dead) return Promise.resolve(0);
    const token = this.#nextToken++;
    return new Promise((resolve) => {
      this.#awaited.set(token, resolve);
      this.#post(call(token));
    });
  }

  #answered(token: number, errno: number): void {
    this.#awaited.get(token)?.(errno);
    this.#awaited.delete(token);
  }

  #message(frame: Frame): string | Uint8Array {
    return 'text' in frame ? frame.text : this.#slabs.view(frame.slot, frame.length);
  }

  /** Frames of one turn are reported together. */
  #frameSent(key: ProcessKey, frame: Frame): void {
    const slot = 'slot' in frame ? frame.slot : undefined;
    if (this.#sent.push({ key, slot }) > 1) return;
    queueMicrotask(() => {
      const frames = this.#sent;
      this.#sent = [];
      this.#post({ do: 'sent', frames });
    });
  }

  #post(call: ToWorker): void {
    if (!this.#dead) this.#port.postMessage(call);
  }
}
