/** Writes the input of one process in order and reports each chunk as taken, whether it was written or could not be. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

export interface InputWriter {
  write(bytes: Uint8Array): void;
  /** Nothing more is written; chunks that still wait are reported as taken. */
  close(): void;
}

/** `taken` is called once per chunk, in order. */
export type Taken = () => void;

/** The write end of the process's stdin. A reader that has gone away is not an error: its input is lost, as in a shell. */
export function pipeInput(fd: number, taken: Taken): InputWriter {
  const pipe = new Socket({ fd, readable: false, writable: true });
  pipe.on('error', () => {});
  return {
    write: (bytes) => {
      pipe.write(bytes, taken);
    },
    close: () => pipe.destroy(),
  };
}

/** How soon a terminal that takes no input now is tried again: Node has no event for a writable terminal. */
const RETRY_MS = 10;

/**
 * The master side of a terminal, which belongs to its reader. Not written through the reader's stream: libuv spins on a
 * terminal whose input is full, and that would stop every process of this worker.
 */
export function terminalInput(fd: number, taken: Taken): InputWriter {
  const waiting: Uint8Array[] = [];
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const advance = (): void => {
    retry = undefined;
    while (waiting.length > 0) {
      const chunk = waiting[0]!;
      const written = closed ? chunk.length : tryWrite(fd, chunk);
      if (written < chunk.length) {
        waiting[0] = chunk.subarray(written);
        retry = setTimeout(advance, RETRY_MS);
        return;
      }
      waiting.shift();
      taken();
    }
  };

  return {
    write: (bytes) => {
      waiting.push(bytes);
      if (!retry) advance();
    },
    close: () => {
      closed = true;
      clearTimeout(retry);
      advance();
    },
  };
}

/** How many bytes went in; all of them when nobody will ever read them. */
function tryWrite(fd: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length;
  }
}
