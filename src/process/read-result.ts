/** The answer to process/read, and when a waiting one is due. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessEnd } from '../protocol/process-end.js';
import type { Snapshot } from '../rings/ring-reader.js';
import { endMembers } from './event-messages.js';

/** Chunks written into the answer before others get their turn. Source: our measurements, about 2 ms. */
const CHUNKS_PER_TURN = 4096;

/** What a process has to show at one moment. */
export type ReadView = Snapshot & {
  /** Why the process could not be followed to its end, if so. */
  readonly failure: string | undefined;
  /** Known when there is an `exit`. */
  readonly end: ProcessEnd | undefined;
};

/** Whether a read that may wait has something to say: output, the end, or an exit that the reader has not seen. */
export function isDue(view: ReadView, afterSeq: number): boolean {
  return (
    view.chunks.length > 0 || view.closedSeq !== undefined || (view.exit !== undefined && afterSeq < view.nextSeq - 1)
  );
}

/** The result as JSON text. `inFull`: with what 0.169.0 does not tell. */
export async function readResultText(view: ReadView, inFull: boolean): Promise<string> {
  const parts: string[] = [];
  for (let from = 0; from < view.chunks.length; from += CHUNKS_PER_TURN) {
    if (from > 0) await nextTurn();
    for (const { seq, stream, bytes } of view.chunks.slice(from, from + CHUNKS_PER_TURN)) {
      parts.push(`{"seq":${seq},"stream":"${stream}","chunk":"${bytes.toString('base64')}"}`);
    }
  }
  const { exit } = view;
  return (
    `{"chunks":[${parts.join()}],"nextSeq":${view.nextSeq},"exited":${exit !== undefined},"exitCode":${exit?.exitCode ?? null},` +
    `"closed":${view.closedSeq !== undefined},"failure":${JSON.stringify(view.failure ?? null)},` +
    `"sandboxDenied":${exit?.sandboxDenied ?? false}${inFull ? `,"lostBytes":${view.lostBytes}${endMembers(view.end)}` : ''}}`
  );
}
