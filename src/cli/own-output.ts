/** Our own standard output and error, at the pace of whoever reads them. */
import type { Writable } from 'node:stream';
import { OutputFailure } from './failure.js';

/** Resolves when the bytes have been taken. Errors: `OutputFailure`. */
export const writeOut = (target: Writable, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    target.write(bytes, (error) => (error ? reject(new OutputFailure(error)) : resolve()));
  });

/** From now on a failed write is told where it is awaited, or to nobody; it does not end the program by itself. */
export function surviveFailedWrites(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
