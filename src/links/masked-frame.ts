/** What a client sends over a WebSocket is masked. Source: RFC 6455 section 5.3. */
import * as library from 'ws';

interface Framing {
  readonly fin: true;
  readonly opcode: 2;
  readonly rsv1: false;
  readonly mask: true;
  /** Filled with the key. */
  readonly maskBuffer: Buffer;
  /** The message is masked where it lies. */
  readonly readOnly: false;
}

/** The library exports it, and its types do not know it. */
const { Sender } = library as unknown as {
  readonly Sender: { frame(message: Buffer, framing: Framing): [head: Buffer, body: Buffer] };
};

const KEY_BYTES = 4;

/** A binary message that has become the body of a frame. */
export interface MaskedFrame {
  readonly head: Buffer;
  readonly key: Uint8Array;
}

/** Masks a message, which has some bytes, where it lies, with a new key. A copy would cost as much as the rest of its way through the library. */
export function maskInPlace(message: Buffer): MaskedFrame {
  const key = Buffer.alloc(KEY_BYTES);
  const [head] = Sender.frame(message, {
    fin: true,
    opcode: 2,
    rsv1: false,
    mask: true,
    maskBuffer: key,
    readOnly: false,
  });
  return { head, key };
}

/** What was there before, of the masked bytes from number `from` on: in memory of its own. */
export function unmasked(masked: Uint8Array, key: Uint8Array, from: number): Uint8Array {
  const plain = Uint8Array.from(masked.subarray(from));
  for (let at = 0; at < plain.length; at++) plain[at]! ^= key[(from + at) % KEY_BYTES]!;
  return plain;
}
