import type { WebSocket } from 'ws';
import { decodeFrame, type Frame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import type { StreamId } from '#src/relay/stream-id.js';

export type Role = 'executor' | 'harness';

/** One link of an end to the relay, in two pieces: the end knows the near one, the relay the far one. */
export interface TappedLink {
  readonly role: Role;
  /** Of the first frame that its end sends. */
  readonly streamId: Promise<StreamId>;
  /** Resolves when the next frame of that kind has been passed on to its end. */
  told(which: (frame: Frame) => boolean): Promise<void>;
  /** Cuts it without a word to either end. */
  cut(): void;
  /** Says to its end that its stream is over, as only an executor and the relay should; these know nothing of it. */
  reset(): Promise<void>;
}

type Way = 'from end' | 'to end';

/** `copy`: given every message, both ways. */
export function tapLink(role: Role, near: WebSocket, far: WebSocket, copy: (message: Buffer) => void): TappedLink {
  const watchers = new Set<(frame: Frame, way: Way) => void>();
  const passed = (way: Way, which: (frame: Frame) => boolean = () => true) =>
    new Promise<Frame>((resolve) => {
      const watch = (frame: Frame, itsWay: Way) => {
        if (itsWay !== way || !which(frame)) return;
        watchers.delete(watch);
        resolve(frame);
      };
      watchers.add(watch);
    });

  for (const [from, to, way] of [
    [near, far, 'from end'],
    [far, near, 'to end'],
  ] as const) {
    from.on('error', () => {});
    from.on('message', (message: Buffer) => {
      copy(message);
      to.send(message);
      for (const watch of watchers) watch(decodeFrame(message), way);
    });
    from.on('close', () => to.terminate());
  }
  const streamId = passed('from end').then((frame) => frame.streamId);
  return {
    role,
    streamId,
    told: async (which) => void (await passed('to end', which)),
    cut() {
      near.terminate();
      far.terminate();
    },
    async reset() {
      const body = { kind: 'reset', reason: 'injected' } as const;
      near.send(encodeFrame({ streamId: await streamId, ack: 0, ackBits: 0, body }));
    },
  };
}
