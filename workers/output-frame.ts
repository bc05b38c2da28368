/** Writes process/output messages. Base64 and JSON are made once, here, and nothing touches the text again before the socket. */
import type { Frame, StreamName } from '#src/pool/calls.js';
import { FRAME_ENVELOPE_BYTES } from '#src/pool/frame-slabs.js';
import { OUTPUT_TAIL, outputHead } from '#src/process/event-messages.js';
import { writeBase64 } from './base64-slices.js';
import type { FrameSlots } from './frame-slots.js';

/** A message of up to this much output travels as text: cheaper than a slot and its way back. */
const TEXT_FRAME_BYTES = 1024;

/** `idJson` is the processId as JSON text. */
export function outputFrame(idJson: string, seq: number, stream: StreamName, bytes: Buffer, slots: FrameSlots): Frame {
  const head = outputHead(idJson, seq, stream);
  if (bytes.length <= TEXT_FRAME_BYTES || Buffer.byteLength(head) + OUTPUT_TAIL.length > FRAME_ENVELOPE_BYTES) {
    return { text: head + bytes.toString('base64') + OUTPUT_TAIL };
  }
  const { slot, bytes: target } = slots.take();
  let length = writeBase64(bytes, target, target.write(head, 'utf8'));
  length += target.write(OUTPUT_TAIL, length, 'latin1');
  return { slot, length };
}
