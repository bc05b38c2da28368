import { freeAtOnce } from '../protocol/free-at-once.js';
import { RELAY_MESSAGE_BYTES, RELAY_RECORD_BYTES } from '../protocol/limits.js';
import { invalidMessageLength, recordTooLong } from './errors.js';
import { LENGTH_BYTES } from './records.js';

/** What comes next in the stream, and how much of it is there. */
type Expected =
  | { readonly is: 'length'; readonly bytes: Buffer; filled: number }
  | { readonly is: 'message'; readonly length: number; memory: Buffer; filled: number };

/**
 * Memory of a message that has begun. With more than the first of these it gets so much that most are whole in the second, and is used
 * as more comes: what nobody has written to is only promised by the system. Beyond that it doubles.
 */
const FIRST_MEMORY_BYTES = 64 * 1024;
const WHOLE_MEMORY_BYTES = 2 * 1024 * 1024;

/**
 * Puts messages together from the plaintext of records, however they were cut. Whether a message is JSON is not its matter.
 * A length alone takes no memory: never more is used than twice what has come, or 64 KiB.
 */
export class MessageAssembler {
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #expected: Expected = this.#nextLength();

  /** Nothing of a message has come that has not come whole. */
  get isBetweenMessages(): boolean {
    return this.#expected.is === 'length' && this.#expected.filled === 0;
  }

  /** Memory of the message that has not come whole, as far as it may be in use. */
  get heldBytes(): number {
    if (this.#expected.is !== 'message') return 0;
    const { memory, filled } = this.#expected;
    return Math.min(memory.length, Math.max(2 * filled, FIRST_MEMORY_BYTES));
  }

  /** Nothing follows: what has come of a message is forgotten. */
  end(): void {
    this.#expected = this.#nextLength();
  }

  /**
   * The messages that end in this record, in order. A message that lies in one record is a view of it, others have memory of their own.
   * Errors: `streamFailed`, after which nothing can be read any more.
   */
  push(record: Uint8Array): Uint8Array[] {
    if (record.length > RELAY_RECORD_BYTES) throw recordTooLong();
    const messages: Uint8Array[] = [];
    for (let from = 0; from < record.length; ) from += this.#take(record.subarray(from), messages);
    return messages;
  }

  /** How many bytes of the piece, which has some, were taken. */
  #take(piece: Uint8Array, messages: Uint8Array[]): number {
    const expected = this.#expected;
    switch (expected.is) {
      case 'length': {
        const part = piece.subarray(0, LENGTH_BYTES - expected.filled);
        expected.bytes.set(part, expected.filled);
        expected.filled += part.length;
        if (expected.filled === LENGTH_BYTES) this.#expected = opened(expected.bytes.readUInt32BE());
        return part.length;
      }
      case 'message': {
        const part = piece.subarray(0, expected.length - expected.filled);
        if (part.length === expected.length) messages.push(part);
        else if (append(expected, part)) messages.push(expected.memory);
        else return part.length;
        this.#expected = this.#nextLength();
        return part.length;
      }
      default:
        return expected satisfies never;
    }
  }

  #nextLength(): Expected {
    return { is: 'length', bytes: this.#length, filled: 0 };
  }
}

function opened(length: number): Expected {
  if (length === 0 || length > RELAY_MESSAGE_BYTES) throw invalidMessageLength();
  return { is: 'message', length, memory: Buffer.alloc(0), filled: 0 };
}

/** Whether the message is whole with this part. */
function append(message: Extract<Expected, { is: 'message' }>, part: Uint8Array): boolean {
  const filled = message.filled + part.length;
  if (filled > message.memory.length) {
    const { memory: old } = message;
    const room = filled <= FIRST_MEMORY_BYTES ? FIRST_MEMORY_BYTES : Math.max(2 * filled, WHOLE_MEMORY_BYTES);
    message.memory = Buffer.allocUnsafeSlow(Math.min(message.length, room));
    message.memory.set(old.subarray(0, message.filled));
    freeAtOnce(old);
  }
  message.memory.set(part, message.filled);
  message.filled = filled;
  return filled === message.length;
}
