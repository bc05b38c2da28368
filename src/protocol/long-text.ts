/**
 * Base64 of a large message, left as the bytes it came in. As a string it would cost more than everything else about its
 * message: megabytes of text are written twice into fresh memory before a single byte is decoded.
 *
 *   {"id":1,"method":"fs/writeFile","params":{"path":"file:///x","dataBase64":"AAAA....AAAA","sandbox":null}}
 *                                                                             └── LongText ──┘
 *   {"id":1,"method":"fs/writeFile","params":{"path":"file:///x","dataBase64":"cut out 0","sandbox":null}}      is parsed
 */
import { isAscii, isUtf8 } from 'node:buffer';

export class LongText {
  /** ASCII without quotes and backslashes. A control character in it would make the message malformed; it is left to the decoder of base64 to find. */
  constructor(readonly bytes: Buffer) {}

  toString(): string {
    return this.bytes.toString('latin1');
  }
}

/** Shorter messages, and shorter strings, are quick enough as text. */
const LONG_MESSAGE_BYTES = 128 * 1024;
const LONG_TEXT_BYTES = 64 * 1024;

/** Only what a schema takes for base64 is cut out. */
const MEMBERS = ['"dataBase64":', '"chunk":', '"bodyBase64":', '"deltaBase64":'].map((name) => Buffer.from(name));
const MARK = 'cut out ';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface CutMessage {
  /** The message with a short string in the place of each long text. */
  readonly text: string;
  /** The long texts by these strings. */
  readonly longTexts: ReadonlyMap<string, LongText>;
}

/**
 * Cuts out the long texts; undefined when there are none, or the message had better be read as it is.
 * That the quotes found are those of a string shows when the rest is parsed: anywhere else the mark is no JSON.
 */
export function cutLongTexts(message: Buffer): CutMessage | undefined {
  if (message.length < LONG_MESSAGE_BYTES) return undefined;
  const rest: Buffer[] = [];
  const longTexts = new Map<string, LongText>();
  let from = 0;
  let at = LONG_TEXT_BYTES;
  while (at < message.length) {
    // Somewhere in every long text there is such a place, and looking back from it goes no further than to the one before.
    const before = message.subarray(Math.max(from, at - LONG_TEXT_BYTES), at);
    const back = before.lastIndexOf(QUOTE);
    const open = at - before.length + back;
    const close = back === -1 ? -1 : message.indexOf(QUOTE, at);
    if (close === -1) {
      at += LONG_TEXT_BYTES;
      continue;
    }
    const content = message.subarray(open + 1, close);
    if (content.length >= LONG_TEXT_BYTES && isMember(message, open) && isPlain(content)) {
      const mark = `${MARK}${longTexts.size}`;
      rest.push(message.subarray(from, open + 1), Buffer.from(mark));
      longTexts.set(mark, new LongText(content));
      from = close;
    }
    at = Math.max(close, at) + LONG_TEXT_BYTES;
  }
  if (longTexts.size === 0) return undefined;
  rest.push(message.subarray(from));
  const bytes = Buffer.concat(rest);
  const isUnique = bytes.toString('latin1').split(MARK).length === longTexts.size + 1;
  return isUnique && isUtf8(bytes) ? { text: bytes.toString(), longTexts } : undefined;
}

const isMember = (message: Buffer, open: number) =>
  MEMBERS.some((name) => name.length <= open && name.equals(message.subarray(open - name.length, open)));

const isPlain = (content: Buffer) => isAscii(content) && !content.includes(BACKSLASH);
