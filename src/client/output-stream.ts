import { outputLost } from './errors.js';
import { EventReader } from './event-reader.js';
import type { FollowedProcess } from './followed-process.js';
import { lastSeqOf, type StreamName } from './process-event.js';

/**
 * The bytes of some streams of a process as a web stream, from the first byte on. Nothing is fetched ahead of the
 * reader. Errors as the process does; and with `OUTPUT_LOST` where bytes are missing, since a byte stream cannot say so.
 */
export function outputStream(process: FollowedProcess, streams: readonly StreamName[]): ReadableStream<Uint8Array> {
  const reader = new EventReader(process, [...streams, 'lost']);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value: event } = await reader.next();
          if (done) return controller.close();
          if (event.type === 'lost') {
            await reader.return();
            throw outputLost(lastSeqOf(event) - event.seq + 1);
          }
          if (event.type === 'output' && streams.includes(event.stream)) return controller.enqueue(event.bytes);
        }
      },
      async cancel() {
        await reader.return();
      },
    },
    { highWaterMark: 0 },
  );
}
