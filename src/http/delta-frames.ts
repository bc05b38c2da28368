/** The notifications that a streamed body comes in: pieces, numbered from 1, then one that is empty and says how it ended. */
export class DeltaFrames {
  readonly #head: string;
  #seq = 0;

  constructor(requestId: string) {
    this.#head = `{"method":"http/request/bodyDelta","params":{"requestId":${JSON.stringify(requestId)},"seq":`;
  }

  piece(bytes: Buffer): string {
    return `${this.#head}${++this.#seq},"deltaBase64":"${bytes.toString('base64')}","done":false,"error":null}}`;
  }

  /** `error`: why there is no more, though there should be. */
  last(error: string | null): string {
    return `${this.#head}${++this.#seq},"deltaBase64":"","done":true,"error":${JSON.stringify(error)}}}`;
  }
}
