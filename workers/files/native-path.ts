import type { FilePath } from '#src/pool/file-calls.js';

/** The path of an entry of a directory: text if both are, else bytes. */
export function join(directory: Uint8Array, name: FilePath): Buffer;
export function join(directory: FilePath, name: FilePath): FilePath;
export function join(directory: FilePath, name: FilePath): FilePath {
  if (typeof directory === 'string' && typeof name === 'string') {
    return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
  }
  const before = Buffer.from(directory as string);
  return Buffer.concat([before, before.at(-1) === SLASH ? NOTHING : SEPARATOR, Buffer.from(name as string)]);
}

const SLASH = 0x2f;
const SEPARATOR = Buffer.of(SLASH);
const NOTHING = Buffer.alloc(0);
