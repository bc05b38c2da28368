/** One process under supervision: from the moment it runs until its last byte of output has its place in the ring. */
import type { Frame, FromWorker, ProcessKey, StreamName } from '#src/pool/calls.js';
import { signalGroup } from '#src/pool/signal-group.js';
import { EventOrder, type OrderedEvent } from '#src/process/event-order.js';
import { type ChunkBuffers, OutputFlow } from '#src/process/output-flow.js';
import type { RingPool } from '#src/rings/ring-pool.js';
import type { RingWriter } from '#src/rings/ring-writer.js';
import type { FrameSlots } from './frame-slots.js';
import { type InputWriter, pipeInput, terminalInput } from './input-writer.js';
import { outputFrame } from './output-frame.js';
import { OutputReader } from './output-reader.js';
import type { Child, ExitStatus } from './spawner.js';

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
  /** All output streams of the process have ended: its leader is about to end, if it has not. */
  atEndOfOutput(process: SupervisedProcess): void;
}

/** Shells report a death by signal as this plus its number, and so do we. */
const SIGNAL_EXIT_BASE = 128;

export class SupervisedProcess {
  readonly key: ProcessKey;
  readonly pid: number;
  readonly #idJson: string;
  readonly #share: WorkerShare;
  readonly #readers: readonly OutputReader[];
  readonly #input: InputWriter | undefined;
  readonly #flow: OutputFlow;
  readonly #order: EventOrder;
  /** Made at the first output: most of the rest of a process's life needs none. */
  #ring: RingWriter | undefined;
  #reaped = false;
  #terminated = false;
  #abandoned = false;

  constructor(key: ProcessKey, id: string, child: Child, watched: boolean, share: WorkerShare) {
    this.key = key;
    this.pid = child.pid;
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
    return this.running ? signalGroup(this.pid, 'SIGINT') : 0;
  }

  /** SIGKILL to the group. Descendants that have left it may still hold the streams; they are not waited for. */
  terminate(): void {
    if (!this.running) return;
    this.#terminated = true;
    signalGroup(this.pid, 'SIGKILL');
  }

  /** The leader has ended and was reaped. */
  exited(status: ExitStatus): void {
    this.#reaped = true;
    this.#input?.close();
    // What the process wrote is in the pipes by now; taking it first keeps the exit behind the output, and finds the end of
    // streams that nobody else holds. A peer that does not read holds the reading up, but never the news of the exit.
    if (this.#terminated || !this.#flow.paused) this.#drain();
    this.#flow.flush();
    this.#tell(this.#order.exited('exitCode' in status ? status.exitCode : SIGNAL_EXIT_BASE + status.signal));
    if (!this.#terminated) return;
    for (const reader of this.#readers) reader.close();
    this.#tell(this.#order.cut());
  }

  /** Gives up everything at once, also the output that was kept; nothing is told. */
  abandon(): void {
    this.#abandoned = true;
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
  }

  #ringWriter(): RingWriter {
    if (!this.#ring) {
      this.#ring = this.#share.rings.take();
      for (const event of this.#order.told) this.#record(this.#ring, event);
      this.#share.tell({ tell: 'ring', key: this.key, ring: this.#ring.ring });
    }
    return this.#ring;
  }

  #tell(events: readonly OrderedEvent[]): void {
    for (const event of events) {
      if (this.#ring) this.#record(this.#ring, event);
      if (event.event === 'exited')
        this.#share.tell({
          tell: 'exited',
          key: this.key,
          seq: event.seq,
          exitCode: event.exitCode,
          sandboxDenied: false,
        });
      else this.#share.tell({ tell: 'closed', key: this.key, seq: event.seq });
    }
  }

  #record(ring: RingWriter, event: OrderedEvent): void {
    if (event.event === 'exited') ring.setExit({ seq: event.seq, exitCode: event.exitCode, sandboxDenied: false });
    else ring.setClosed(event.seq);
  }

  #taken(): void {
    this.#share.tell({ tell: 'taken', key: this.key, writes: 1 });
  }
}
