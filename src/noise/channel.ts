import type { SplitKeys } from './hybrid-ik.js';
import { RecordOpener, RecordSealer } from './record-cipher.js';
import { wipe } from './secrets.js';

/** One end of a channel. */
export interface Channel {
  readonly sealer: RecordSealer;
  readonly opener: RecordOpener;
}

/** Takes the keys: they are overwritten. */
export const initiatorChannel = ({ toResponder, toInitiator }: SplitKeys): Channel =>
  createChannel(toResponder, toInitiator);
export const responderChannel = ({ toResponder, toInitiator }: SplitKeys): Channel =>
  createChannel(toInitiator, toResponder);

function createChannel(sealing: Uint8Array, opening: Uint8Array): Channel {
  const channel = { sealer: new RecordSealer(sealing), opener: new RecordOpener(opening) };
  wipe(sealing, opening);
  return channel;
}
