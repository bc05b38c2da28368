import { inspect } from 'node:util';

/** So many characters of a secret are never said by chance. */
const PIECE = 16;

/** What nobody is to be told of, and whether somebody was. */
export class Secrets {
  readonly #pieces = new Map<string, string>();

  /** Text, or bytes, which would be spotted however they are written. `name`: how it is told that they were. */
  keep(name: string, secret: string | Uint8Array): void {
    for (const spelling of typeof secret === 'string' ? [unspaced(secret)] : spellings(secret)) {
      if (spelling.length < PIECE) throw new RangeError(`${name} is too short to be told from other text`);
      const middle = Math.floor((spelling.length - PIECE) / 2);
      for (const at of [0, middle, spelling.length - PIECE]) this.#pieces.set(spelling.slice(at, at + PIECE), name);
    }
  }

  /** Names of the secrets of which a part stands there. Not for texts: whatever a log may be handed. */
  spottedIn(...said: readonly unknown[]): string[] {
    const texts = said.flatMap((one) => [typeof one === 'string' ? one : inspect(one, INSPECTION), jsonOf(one)]);
    const text = unspaced(texts.join('\n'));
    return [...new Set([...this.#pieces].filter(([piece]) => text.includes(piece)).map(([, name]) => name))];
  }
}

const INSPECTION = { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null, breakLength: Infinity };

function jsonOf(said: unknown): string {
  return JSON.stringify(said) ?? '';
}

/** Bytes are shown in groups and columns. */
const unspaced = (text: string): string => text.replace(/\s/g, '');

function spellings(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.join(),
  ];
}
