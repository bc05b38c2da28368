import { PROLOGUE_DOMAIN } from './names.js';

/** What a channel belongs to. The first two are those of the registry's answer, the last that of the relay frame. */
export interface ChannelPlace {
  readonly environmentId: string;
  readonly executorRegistrationId: string;
  readonly streamId: string;
}

/** The bytes that both ends begin with, so that a message for one place is worth nothing in another: each part behind its length (8 bytes, big-endian). */
export const prologueOf = ({ environmentId, executorRegistrationId, streamId }: ChannelPlace): Uint8Array =>
  Buffer.concat([PROLOGUE_DOMAIN, environmentId, executorRegistrationId, streamId].flatMap(lengthAndBytes));

function lengthAndBytes(part: string): Uint8Array[] {
  const bytes = Buffer.from(part);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return [length, bytes];
}
