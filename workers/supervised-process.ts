/** One process under supervision: from the moment it runs until its last byte of output has its place in the ring. */
import type { Frame, FromWorker, ProcessKey, StreamName, WorkersEnd } from '#src/pool/calls.js';
import { signalGroup } from '#src/pool/signal-group.js';
import { EventOrder, type OrderedEvent } from '#src/process/event-order.js';
import { type ChunkBuffers, OutputFlow } from '#src/process/output-flow.js';
import type { RingPool } from '#src/rings/ring-pool.js';
import { RingReader } from '#src/rings/ring-reader.js';
import type { RingWriter } from '#src/rings/ring-writer.js';
import { isDenial } from '#src/sandbox/denial.js';
import { endCause } from './end-cause.js';
import { exitCodeOf } from './exit-code.js';
import type { FrameSlots } from './frame-slots.js';
import { type InputWriter, pipeInput, terminalInput } from './input-writer.js';
import type { Leader } from './leader.js';
import { outputFrame } from './output-frame.js';
import { OutputReader } from './output-reader.js';
import type { LivingSandbox } from './sandbox/living-sandbox.js';
import type { Child, EndedLeader } from './spawner.js';

/** What the processes of one worker share. */
export interface WorkerShare {
  readonly staging: Buffer;
  readonly buffers: ChunkBuffers;
  readonly slots: FrameSlots;
  readonly rings: RingPool;
  /** Queues a note; the notes of one turn travel in one message. */
  tell(note: FromWorker): void;
  /** Calls `tick` of the process in a moment. */
  tickSoon(process: SupervisedProcess): void;
  /** Kills the process with all its descendants, in a moment, if it still runs then. */
  kill(process: SupervisedProcess): void;
  /** All output streams of the process have ended: its leader is about to end, if it has not. */
  atEndOfOutput(process: SupervisedProcess): void;
}

export interface ProcessParts {
  readonly key: ProcessKey;
  readonly id: string;
  readonly child: Child;
  /** See descendants/marks.ts. */
  readonly mark: bigint | undefined;
  readonly watched: boolean;
  /** It counts as confined, with or without something that confines it. */
  readonly isConfined: boolean;
  readonly sandbox: LivingSandbox | undefined;
}

/** After an exit, how long one more event of output is waited for that may say why. Source: 0.169.0, visible to peers. */
const LAST_WORDS_MS = 20;

export class SupervisedProcess implements Leader {
  readonly key: ProcessKey;
  readonly pid: number;
  readonly mark: bigint | undefined;
  readonly #sandbox: LivingSandbox | undefined;
  readonly #isConfined: boolean;
  readonly #idJson: string;
  readonly #share: WorkerShare;
  readonly #readers: readonly OutputReader[];
  readonly #input: InputWriter | undefined;
  readonly #flow: OutputFlow;
  readonly #order: EventOrder;
  readonly #startedAt = performance.now();
  #wallMs = 0;
  /** Made at the first output: most of the rest of a process's life needs none. */
  #ring: RingWriter | undefined;
  #reaped = false;
  #terminated = false;
  #abandoned = false;
  #end: WorkersEnd | undefined;
  /** The exit that is held back for the last words. */
  #judging: { readonly exitCode: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor({ key, id, child, mark, watched, isConfined, sandbox }: ProcessParts, share: WorkerShare) {
    this.key = key;
    this.pid = child.pid;
    this.mark = mark;
    this.#sandbox = sandbox;
    this.#isConfined = isConfined;
    this.#idJson = JSON.stringify(id);
    this.#share = share;
    this.#order = new EventOrder(child.outputs.map(({ stream }) => stream));
    this.#flow = new OutputFlow(
      {
        commit: (stream, bytes, framed) => this.#commit(stream, bytes, framed),
        pauseReading: () => {
          for (const reader of this.#readers) reader.pause();
        },
        resumeReading: () => {
          for (const reader of this.#readers) reader.resume();
        },
        tickSoon: () => share.tickSoon(this),
      },
      share.buffers,
      watched,
    );
    this.#readers = child.outputs.map(
      ({ stream, fd }) =>
        new OutputReader(stream, fd, share.staging, {
          data: (from, bytes) => this.#flow.data(from, bytes, performance.now()),
          end: (from) => this.#ended(from),
        }),
    );
    if (child.input !== undefined) {
      const terminal = child.outputs[0]?.fd === child.input;
      const taken = () => this.#taken();
      this.#input = terminal ? terminalInput(child.input, taken) : pipeInput(child.input, taken);
    }
  }

  /** The leader has not been reaped: its pid and group are its own. */
  get running(): boolean {
    return !this.#reaped;
  }

  get atEndOfOutput(): boolean {
    return this.#readers.every((reader) => reader.ended);
  }

  write(bytes: Uint8Array): void {
    if (this.#input) this.#input.write(bytes);
    else this.#taken();
  }

  watch(watched: boolean): void {
    this.#flow.watch(watched);
  }

  sent(): void {
    this.#flow.sent(performance.now());
  }

  tick(): void {
    if (!this.#abandoned) this.#flow.tick();
  }

  /** SIGINT to the group, if it is still there. Out: 0, or the errno of the refusal. */
  interrupt(): number {
    if (!this.running) return 0;
    return this.#sandbox ? this.#sandbox.interrupt() : signalGroup(this.pid, 'SIGINT');
  }

  /** SIGKILL to the group and to descendants that have left it. Whoever still holds the streams is not waited for. */
  terminate(): void {
    if (!this.running) return;
    this.#terminated = true;
    if (this.#sandbox?.endsWithLeader) this.#sandbox.terminate();
    else this.#share.kill(this);
  }

  reaped(): void {
    this.#reaped = true;
    this.#wallMs = performance.now() - this.#startedAt;
    this.#input?.close();
  }

  exited({ status, used }: EndedLeader): void {
    if (this.#abandoned) return;
    const inSandbox = this.#sandbox !== undefined;
    this.#end = {
      cause: endCause(status, { killed: this.#terminated, inSandbox }),
      usage: { ...used, wallMs: Math.round(this.#wallMs * 1e3) / 1e3 },
    };
    // What the process wrote is in the pipes by now; taking it first keeps the exit behind the output, and finds the end of
    // streams that nobody else holds. A peer that does not read holds the reading up, but never the news of the exit.
    if (this.#terminated || !this.#flow.paused) this.#drain();
    this.#flow.flush();
    const exitCode = exitCodeOf(status);
    if (!this.#isConfined || exitCode === 0) this.#tellExit(exitCode, false);
    else if (this.#terminated || !this.#order.isOpen || this.#showsDenial(exitCode)) this.#judge(exitCode);
    else this.#judging = { exitCode, timer: setTimeout(() => this.#waitIsOver(), LAST_WORDS_MS) };
  }

  /** Gives up everything at once, also the output that was kept; nothing is told. */
  abandon(): void {
    this.#abandoned = true;
    clearTimeout(this.#judging?.timer);
    this.#judging = undefined;
    this.#input?.close();
    for (const reader of this.#readers) reader.close();
    if (this.#ring) this.#share.rings.give(this.#ring);
    this.#ring = undefined;
  }

  #drain(): void {
    for (const reader of this.#readers) reader.drain();
  }

  #ended(stream: StreamName): void {
    this.#flow.flush();
    // A terminal's descriptor is its reader's, and closed by now: typing on would reach whatever gets its number next.
    if (stream === 'pty') this.#input?.close();
    this.#tell(this.#order.streamEnded(stream));
    if (!this.#order.isOpen) this.#lastWordsSaid();
    if (this.running && this.atEndOfOutput) this.#share.atEndOfOutput(this);
  }

  #commit(stream: StreamName, bytes: Uint8Array, framed: boolean): void {
    const seq = this.#order.output();
    this.#ringWriter().append(seq, stream, bytes);
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const frame: Frame | undefined = framed
      ? outputFrame(this.#idJson, seq, stream, chunk, this.#share.slots)
      : undefined;
    this.#share.tell({ tell: 'output', key: this.key, seq, frame });
    this.#lastWordsSaid();
  }

  /** What has come by now and has not been read, because others had their turn, counts too. */
  #waitIsOver(): void {
    if (!this.#flow.paused) this.#drain();
    this.#lastWordsSaid();
  }

  /** Output has come, or it has ended, or it is waited for no longer. */
  #lastWordsSaid(): void {
    const judging = this.#judging;
    if (!judging) return;
    this.#judging = undefined;
    clearTimeout(judging.timer);
    this.#flow.flush();
    this.#judge(judging.exitCode);
  }

  #judge(exitCode: number): void {
    this.#tellExit(exitCode, this.#showsDenial(exitCode));
  }

  #showsDenial(exitCode: number): boolean {
    const output = this.#ring ? new RingReader(this.#ring.ring).snapshot(0, undefined).chunks : [];
    return isDenial({ sandboxType: 'linuxSeccomp', exitCode, output });
  }

  #tellExit(exitCode: number, sandboxDenied: boolean): void {
    this.#tell(this.#order.exited(exitCode, sandboxDenied));
    if (!this.#terminated) return;
    for (const reader of this.#readers) reader.close();
    this.#tell(this.#order.cut());
  }

  #ringWriter(): RingWriter {
    if (!this.#ring) {
      this.#ring = this.#share.rings.take();
      for (const event of this.#order.told) record(this.#ring, event);
      this.#share.tell({ tell: 'ring', key: this.key, ring: this.#ring.ring });
    }
    return this.#ring;
  }

  #tell(events: readonly OrderedEvent[]): void {
    for (const event of events) {
      if (this.#ring) record(this.#ring, event);
      this.#share.tell(this.#noteOf(event));
    }
  }

  #noteOf(event: OrderedEvent): FromWorker {
    const { key } = this;
    const { seq } = event;
    if (event.event === 'closed') return { tell: 'closed', key, seq };
    return {
      tell: 'exited',
      key,
      seq,
      exitCode: event.exitCode,
      sandboxDenied: event.sandboxDenied,
      end: this.#end!,
    };
  }

  #taken(): void {
    this.#share.tell({ tell: 'taken', key: this.key, writes: 1 });
  }
}

function record(ring: RingWriter, event: OrderedEvent): void {
  if (event.event === 'exited') ring.setExit(event);
  else ring.setClosed(event.seq);
}
