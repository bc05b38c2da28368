import { isUtf8 } from 'node:buffer';
import type { InboundMessage } from './connection.js';

/** A message whose text is made only when somebody asks: of a large one nobody may want it. */
export class ReceivedMessage implements InboundMessage {
  readonly bytes: Buffer;
  readonly #isUtf8: boolean;
  #text: string | undefined;

  /** `isText`: somebody has checked already that the bytes are UTF-8. */
  constructor(bytes: Buffer, isText: boolean) {
    this.bytes = bytes;
    this.#isUtf8 = isText || isUtf8(bytes);
  }

  get text(): string | undefined {
    if (this.#isUtf8) this.#text ??= this.bytes.toString();
    return this.#text;
  }
}
