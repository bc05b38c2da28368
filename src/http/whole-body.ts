/** A body that is told whole, in the result. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RpcError } from '../protocol/errors.js';
import { HTTP_SMALL_BODY_BYTES } from '../protocol/limits.js';
import type { ReadyReply } from '../rpc/handlers.js';
import type { Turns } from '../rpc/turns.js';
import type { Answer } from './ask.js';
import { bodyCutOff } from './errors.js';
import { rawHeader } from './response-headers.js';
import { WholeResult } from './whole-result.js';

/**
 * `head`: the result up to the body. A large body is read on only when it has its turn, which ends when the reply has left.
 * Errors: the body does not fit into a reply, or was cut off; nothing is read any more then.
 */
export async function readWhole(
  { body, rawHeaders }: Answer,
  head: string,
  replyLimitBytes: number,
  large: Turns,
): Promise<ReadyReply> {
  let sent: (() => void) | undefined;
  try {
    const result = new WholeResult(head, body ? announcedBytes(rawHeaders) : 0, replyLimitBytes);
    let bytesThisTurn = 0;
    for await (const piece of body ?? []) {
      bytesThisTurn += piece.length;
      if (bytesThisTurn > BYTES_PER_TURN) {
        await nextTurn();
        bytesThisTurn = piece.length;
      }
      if (result.bodyBytes + piece.length > HTTP_SMALL_BODY_BYTES) sent ??= await large.take();
      result.add(piece);
    }
    return { ...result.finish(), ...(sent && { sent }) };
  } catch (error) {
    body?.destroy();
    sent?.();
    throw error instanceof RpcError ? error : bodyCutOff(error);
  }
}

/** A host that is quick would have 2 MiB of it taken in one turn of the event loop, which is most of its time spent on fresh memory. */
const BYTES_PER_TURN = 256 * 1024;

/** 0 where it is not said. */
const announcedBytes = (rawHeaders: readonly string[]) => Number(rawHeader(rawHeaders, 'content-length') ?? 0);
