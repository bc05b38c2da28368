import type { Readable } from 'node:stream';

export type FirstLine = { readonly line: Buffer } | { readonly fault: 'ended' | 'tooLong' };

/**
 * The first line of a stream, without its end: LF, or CR LF. `limitBytes`: with the LF. What comes behind it is left to others.
 * Errors: those of the stream, and `signal`.
 */
export function firstLine(stream: Readable, limitBytes: number, signal?: AbortSignal): Promise<FirstLine> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let held = Buffer.alloc(0);
    const finish = (result: FirstLine, rest?: Buffer) => {
      leave();
      if (rest?.length) stream.unshift(rest);
      resolve(result);
    };
    const take = (piece: Buffer) => {
      held = Buffer.concat([held, piece]);
      const end = held.indexOf('\n');
      if (end >= limitBytes || (end === -1 && held.length >= limitBytes)) return finish({ fault: 'tooLong' });
      if (end !== -1) finish({ line: withoutCr(held.subarray(0, end)) }, held.subarray(end + 1));
    };
    const ended = () => finish({ fault: 'ended' });
    const failed = (error: unknown) => {
      leave();
      reject(error);
    };
    const aborted = () => failed(signal?.reason);
    const leave = () => {
      stream.off('data', take).off('end', ended).off('error', failed).pause();
      signal?.removeEventListener('abort', aborted);
    };
    signal?.addEventListener('abort', aborted, { once: true });
    if (stream.readableEnded) ended();
    else stream.on('end', ended).on('error', failed).on('data', take);
  });
}

const withoutCr = (line: Buffer) => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
