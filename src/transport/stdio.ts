import { isUtf8 } from 'node:buffer';
import type { Readable, Writable } from 'node:stream';
import { STDIO_LINE_BYTES } from '../protocol/limits.js';
import type { Accept, Connection, ConnectionEvents } from './connection.js';
import { Inbox } from './inbox.js';
import { LineSplitter, type SplitLines } from './line-splitter.js';
import { TurnCork } from './turn-cork.js';

export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** How long queued output may take to leave once the input has ended, ms. */
  readonly farewellMs?: number;
}

/** Source: our own. A parent that closed its end and reads no more must not keep us, and our processes, alive. */
const FAREWELL_MS = 5_000;

/**
 * The connection to whoever started us: one JSON text per line each way. Nothing else may write to `output`.
 * When the input ends, `closed` follows once all that is queued has left, replies queued meanwhile included.
 */
export function connectStdio(streams: StdioStreams, accept: Accept): Connection {
  return new StdioConnection(streams, accept);
}

/**
 * - `open`: both directions work.
 * - `leaving`: the last message has been delivered; what is queued still leaves, until the deadline.
 * - `ended`: nothing leaves any more.
 */
type StdioState = { is: 'open' } | { is: 'leaving'; reason: string; deadline: NodeJS.Timeout } | { is: 'ended' };

class StdioConnection implements Connection {
  readonly peer = 'exec-server stdio';
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #farewellMs: number;
  readonly #cork: TurnCork;
  readonly #inbox: Inbox;
  readonly #lines = new LineSplitter(STDIO_LINE_BYTES);
  readonly #owner: ConnectionEvents;
  /** One for each message that is queued; calling it says that the message has left or never will. */
  readonly #unsent = new Set<() => void>();
  #state: StdioState = { is: 'open' };
  #queuedBytes = 0;

  constructor({ input, output, farewellMs = FAREWELL_MS }: StdioStreams, accept: Accept) {
    this.#input = input;
    this.#output = output;
    this.#farewellMs = farewellMs;
    this.#cork = new TurnCork(output);
    this.#inbox = new Inbox(input);
    input.on('data', (chunk: Buffer) => this.#receive(this.#lines.push(chunk)));
    input.on('end', () => {
      this.#receive(this.#lines.end());
      this.#inbox.end('the input has ended');
    });
    input.on('error', (error) => this.#inbox.end(error.message));
    output.on('error', (error) => this.close(error.message));
    this.#owner = accept(this);
    this.#inbox.open({
      message: (message) => this.#owner.message(message),
      closed: (reason) => this.#leave(reason),
    });
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    if (this.#state.is === 'ended') {
      if (sent !== undefined) process.nextTick(sent);
      return;
    }
    const line = toLine(message);
    const settle = () => {
      if (!this.#unsent.delete(settle)) return;
      this.#queuedBytes -= line.length;
      sent?.();
      this.#endWhenFlushed();
    };
    this.#unsent.add(settle);
    this.#queuedBytes += line.length;
    this.#cork.hold();
    this.#output.write(line, settle);
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  /** A pipe has no far side that could be cut off: the kernel tells the end of the other process. */
  probe(): Promise<boolean> {
    return Promise.resolve(this.#state.is !== 'ended');
  }

  close(reason = 'closed by this side'): void {
    if (this.#state.is === 'ended') return;
    this.#inbox.discard();
    this.#cork.release();
    const why = this.#state.is === 'leaving' ? this.#state.reason : reason;
    this.#stop();
    process.nextTick(() => this.#tellEnd(why));
  }

  #receive({ lines, tooLong }: SplitLines): void {
    for (const bytes of lines) {
      if (!isUtf8(bytes)) {
        this.#refuse('a line is not UTF-8');
        return;
      }
      const text = bytes.toString();
      if (text.trim() !== '') this.#inbox.push({ text, bytes });
    }
    if (tooLong) this.#refuse(`a line is longer than ${STDIO_LINE_BYTES} bytes`);
  }

  #refuse(reason: string): void {
    this.#input.destroy();
    this.#inbox.end(reason);
  }

  /** The first look comes after this turn, in which the last message may still be answered. */
  #leave(reason: string): void {
    if (this.#state.is !== 'open') return;
    const deadline = setTimeout(() => this.close(), this.#farewellMs);
    this.#state = { is: 'leaving', reason, deadline };
    setImmediate(() => this.#endWhenFlushed());
  }

  #endWhenFlushed(): void {
    if (this.#state.is !== 'leaving' || this.#unsent.size > 0) return;
    const { reason } = this.#state;
    this.#stop();
    this.#tellEnd(reason);
  }

  #stop(): void {
    if (this.#state.is === 'leaving') clearTimeout(this.#state.deadline);
    this.#state = { is: 'ended' };
    this.#input.destroy();
  }

  #tellEnd(reason: string): void {
    for (const settle of this.#unsent) settle();
    this.#owner.closed(reason);
  }
}

const NEWLINE = Buffer.from('\n');

/** Always a copy: standard output cannot be torn from a message it is writing, and the sender may reuse its memory. */
const toLine = (message: string | Uint8Array): Buffer =>
  typeof message === 'string' ? Buffer.from(`${message}\n`) : Buffer.concat([message, NEWLINE]);
