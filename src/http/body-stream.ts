/** A body on its way to the peer, as it arrives. */

import { HTTP_DELTA_BYTES } from '../protocol/limits.js';
import type { PeerLink } from '../rpc/handlers.js';
import type { Turns } from '../rpc/turns.js';
import { DeltaFrames } from './delta-frames.js';
import { BODY_CUT_OFF } from './errors.js';

/**
 * Resolves when the last frame was sent, whatever happened.
 * `turns`: one for each frame that the kernel has not taken yet, for all streams of the connection. While there is none,
 * nothing is read: what arrives waits in the socket's buffer, so little ones become one large one, and then in the upstream.
 */
export async function streamBody(
  body: AsyncIterable<Buffer> | undefined,
  requestId: string,
  turns: Turns,
  link: PeerLink,
): Promise<void> {
  const frames = new DeltaFrames(requestId);
  let fault: string | null = null;
  try {
    for await (const arrived of body ?? []) {
      for (let at = 0; at < arrived.length; at += HTTP_DELTA_BYTES) {
        const sent = await turns.take();
        link.notify(frames.piece(arrived.subarray(at, at + HTTP_DELTA_BYTES)), sent);
      }
    }
  } catch {
    fault = BODY_CUT_OFF;
  }
  link.notify(frames.last(fault));
}
