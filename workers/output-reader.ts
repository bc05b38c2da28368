/**
 * Reads one output stream of a process: a pipe, or the master side of a terminal.
 *
 * All readers of a worker share one staging buffer: libuv fills it and calls back before anything else runs, so no reader
 * needs memory of its own and nothing is allocated per read.
 */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { ReadStream } from 'node:tty';
import type { StreamName } from '#src/pool/calls.js';

export interface OutputEvents {
  /** Bytes in the staging buffer, to be used before returning. */
  data(stream: StreamName, bytes: Buffer): void;
  /** Nothing follows; told once, not after `close`. */
  end(stream: StreamName): void;
}

/** How much one `drain` takes at most: a pipe holds 64 KiB, and a child left behind may go on writing. */
const DRAIN_BYTES = 1 << 20;

export class OutputReader {
  readonly #stream: StreamName;
  readonly #fd: number;
  readonly #staging: Buffer;
  readonly #events: OutputEvents;
  readonly #source: Socket;
  #ended = false;

  constructor(stream: StreamName, fd: number, staging: Buffer, events: OutputEvents) {
    this.#stream = stream;
    this.#fd = fd;
    this.#staging = staging;
    this.#events = events;
    const onread = {
      buffer: staging,
      callback: (length: number) => {
        if (!this.#ended) events.data(stream, staging.subarray(0, length));
        return true;
      },
    };
    // Half open, so that the descriptor is still ours when a terminal's `end` comes. The types of tty lack these options.
    const options = { fd, readable: true, writable: false, allowHalfOpen: true, onread };
    this.#source = stream === 'pty' ? new ReadStream(fd, options as never) : new Socket(options);
    this.#source.on('end', () => {
      // libuv takes a short read with a hang-up for the end (Node 20 and 22): what a terminal still holds is read here.
      if (stream === 'pty') this.drain();
      this.#end();
    });
    // A terminal whose last user is gone reads EIO, which is its end (Node 24). The descriptor is closed by now.
    this.#source.on('error', () => this.#end());
    this.#source.resume();
  }

  get ended(): boolean {
    return this.#ended;
  }

  pause(): void {
    if (!this.#ended) this.#source.pause();
  }

  resume(): void {
    if (!this.#ended) this.#source.resume();
  }

  /** Takes what is there now without waiting; finds the end if it is there. */
  drain(): void {
    let taken = 0;
    while (!this.#ended && taken < DRAIN_BYTES) {
      let length: number;
      try {
        length = readSync(this.#fd, this.#staging);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#end();
        return;
      }
      if (length === 0) this.#end();
      else this.#events.data(this.#stream, this.#staging.subarray(0, length));
      taken += length;
    }
  }

  /** Gives the stream up, whoever still holds its other end. */
  close(): void {
    this.#ended = true;
    this.#source.destroy();
  }

  #end(): void {
    if (this.#ended) return;
    this.close();
    this.#events.end(this.#stream);
  }
}
