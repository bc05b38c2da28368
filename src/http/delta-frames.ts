/** The notifications that a streamed body comes in: pieces, numbered from 1, then one that is empty and says how it ended. */
export class DeltaFrames {
  readonly #head: string;
  #seq = 0;

  constructor(requestId: string) {
    this.#head = `{"method":"http/request/bodyDelta","params":{"requestId":${JSON.stringify(requestId)},"seq":`;
  }

  piece(bytes: Buffer): Buffer {
    const head = `${this.#head}${++this.#seq},"deltaBase64":"`;
    const base64 = bytes.toString('base64');
    const frame = Buffer.allocUnsafe(Buffer.byteLength(head) + base64.length + PIECE_END.length);
    // Written as what it is: to look for characters outside ASCII in all of it would take longer than all the rest.
    let end = frame.write(head);
    end += frame.write(base64, end, 'latin1');
    frame.write(PIECE_END, end, 'latin1');
    return frame;
  }

  /** `error`: why there is no more, though there should be. */
  last(error: string | null): string {
    return `${this.#head}${++this.#seq},"deltaBase64":"","done":true,"error":${JSON.stringify(error)}}}`;
  }
}

const PIECE_END = '","done":false,"error":null}}';
