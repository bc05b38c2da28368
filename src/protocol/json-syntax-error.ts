/** A text that is not JSON, or more of it than is taken. The message is the reference's, with line and column. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError';
}

/** How the characters of a text stand for bytes: as themselves, or (of a text that is not UTF-8) one for one. */
export type TextEncoding = 'utf8' | 'latin1';

/** What is wrong, found when everything before `index` and `read` bytes more had been read. */
export interface TextFault {
  readonly fault: string;
  readonly index: number;
  readonly read: 0 | 1;
}

/** The error of a fault. Lines count from 1, columns are the bytes read of the last line. Only here are they counted. */
export function syntaxErrorAt(
  text: string,
  encoding: TextEncoding,
  { fault, index, read }: TextFault,
): JsonSyntaxError {
  const readsLineEnd = read === 1 && text[index] === '\n';
  const before = text.slice(0, readsLineEnd ? index + 1 : index);
  const lineStart = before.lastIndexOf('\n') + 1;
  const column = Buffer.byteLength(before.slice(lineStart), encoding) + (readsLineEnd ? 0 : read);
  return new JsonSyntaxError(`${fault} at line ${1 + countLineEnds(before)} column ${column}`);
}

function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
