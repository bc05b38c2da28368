/**
 * Finds the messages in what a WebSocket server sends, however it is cut, and passes over what is in them.
 *
 *   [ fin, opcode | length, or 126 + 2 bytes, or 127 + 8 bytes ] payload [ ... ] payload ...
 */
const FIN = 0x80;
const FIRST_CONTROL_OPCODE = 0x8;
const LONGEST_HEADER_BYTES = 10;

export class MessageEnds {
  /** The header of the frame, as far as it has come. */
  readonly #header = Buffer.alloc(LONGEST_HEADER_BYTES);
  #headerBytes = 0;
  /** Of the frame whose header is whole. */
  #payloadLeft = 0;
  #messageBytes = 0;

  /** The payload lengths of the messages that end in these bytes. Pings and their like are left out. */
  find(bytes: Uint8Array): number[] {
    const ended: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#payloadLeft === 0) {
        this.#header[this.#headerBytes++] = bytes[at++]!;
        if (!this.#isHeaderWhole()) continue;
        this.#payloadLeft = this.#payloadBytes();
        if (this.#isData()) this.#messageBytes += this.#payloadLeft;
      }
      const passed = Math.min(this.#payloadLeft, bytes.length - at);
      this.#payloadLeft -= passed;
      at += passed;
      if (this.#payloadLeft > 0) break;
      if (this.#isData() && (this.#header[0]! & FIN) !== 0) {
        ended.push(this.#messageBytes);
        this.#messageBytes = 0;
      }
      this.#headerBytes = 0;
    }
    return ended;
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
