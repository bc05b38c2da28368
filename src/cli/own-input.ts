/** Our own standard input as the input of a command on the far side. */
import { fstatSync, statSync } from 'node:fs';
import { END_OF_INPUT, inputFrame } from '../client/streamed-input.js';
import type { RemoteProcess } from '../index.js';
import { gathered } from './gathered.js';

/** A frame costs a program and a round trip on the far side, so a large input goes in few. */
const FRAME_BYTES = 1 << 20;

/** Whether our input can hold anything: programs without one get /dev/null. */
export function hasInput(): boolean {
  try {
    const input = fstatSync(0);
    return !(input.isCharacterDevice() && input.rdev === statSync('/dev/null').rdev);
  } catch {
    return false;
  }
}

/** Passes our input on, a chunk at a time: the next is read when the command has room for it. */
export function sendInput(target: RemoteProcess): Disposable {
  const send = async () => {
    for await (const bytes of gathered(readInput(), FRAME_BYTES)) await target.write(inputFrame(bytes));
    await target.write(END_OF_INPUT);
  };
  // A command may end without having read all of its input; how it ends is told by its exit.
  send().catch(() => {});
  return { [Symbol.dispose]: () => void process.stdin.destroy() };
}

/** What can be read; an input that breaks off is reported, and ends there. */
async function* readInput(): AsyncGenerator<Buffer> {
  try {
    yield* process.stdin as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Ended by ourselves, because the command has.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    process.stderr.write(`farhand: the input cannot be read: ${code ?? message}\n`);
  }
}
