import type { FilePath } from '#src/pool/file-calls.js';

/** The path of an entry of a directory, as bytes. Neither need be UTF-8. */
export function join(directory: FilePath, name: FilePath): Buffer {
  const before = Buffer.from(directory as string);
  return Buffer.concat([before, before.at(-1) === SLASH ? NOTHING : SEPARATOR, Buffer.from(name as string)]);
}

const SLASH = 0x2f;
const SEPARATOR = Buffer.of(SLASH);
const NOTHING = Buffer.alloc(0);
