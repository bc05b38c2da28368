/**
 * Finds the messages in what a WebSocket server sends, however it is cut, and passes over what is in them.
 *
 *   [ fin, opcode | length, or 126 + 2 bytes, or 127 + 8 bytes ] payload [ ... ] payload ...
 */
const FIN = 0x80;
const FIRST_CONTROL_OPCODE = 0x8;
const LONGEST_HEADER_BYTES = 10;
/** Messages of at most so many bytes can be looked at. */
const SHORT_BYTES = 400;

/** Told of a message: the length of its payload, and the payload itself of a short one, good until the function returns. */
export type MessageEnd = (bytes: number, short: Buffer | undefined) => void;

export class MessageEnds {
  /** The header of the frame, as far as it has come. */
  readonly #header = Buffer.alloc(LONGEST_HEADER_BYTES);
  #headerBytes = 0;
  /** Of the frame whose header is whole. */
  #payloadLeft = 0;
  #messageBytes = 0;
  /** Of a short message that came in several pieces. */
  readonly #short = Buffer.alloc(SHORT_BYTES);

  /** Tells of each message that ends in these bytes. Pings and their like are left out. */
  find(bytes: Buffer, end: MessageEnd): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#payloadLeft === 0) {
        this.#header[this.#headerBytes++] = bytes[at++]!;
        if (!this.#isHeaderWhole()) continue;
        this.#payloadLeft = this.#payloadBytes();
        if (this.#isData()) this.#messageBytes += this.#payloadLeft;
      }
      const passed = Math.min(this.#payloadLeft, bytes.length - at);
      const isShort = this.#isData() && this.#messageBytes <= SHORT_BYTES;
      const short = isShort ? this.#shortOf(bytes.subarray(at, at + passed)) : undefined;
      this.#payloadLeft -= passed;
      at += passed;
      if (this.#payloadLeft > 0) break;
      if (this.#isData() && (this.#header[0]! & FIN) !== 0) {
        end(this.#messageBytes, short);
        this.#messageBytes = 0;
      }
      this.#headerBytes = 0;
    }
  }

  /** What of a short message has come with these bytes of it, which are the whole message as a rule. */
  #shortOf(bytes: Buffer): Buffer {
    if (bytes.length === this.#messageBytes) return bytes;
    const end = this.#messageBytes - this.#payloadLeft + bytes.length;
    bytes.copy(this.#short, end - bytes.length);
    return this.#short.subarray(0, end);
  }

  #isHeaderWhole(): boolean {
    if (this.#headerBytes < 2) return false;
    const code = this.#header[1]!;
    return this.#headerBytes === (code < 126 ? 2 : code === 126 ? 4 : LONGEST_HEADER_BYTES);
  }

  #payloadBytes(): number {
    const code = this.#header[1]!;
    if (code < 126) return code;
    return code === 126 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
  }

  #isData(): boolean {
    return (this.#header[0]! & FIRST_CONTROL_OPCODE) === 0;
  }
}
