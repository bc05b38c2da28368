import { readlinkSync, symlinkSync } from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';

/** Makes a link with the same text, wherever that leads from its new place. Errors: EEXIST where anything is there already. */
export function copyLink(source: FilePath, destination: FilePath): void {
  symlinkSync(readlinkSync(source as string, 'buffer'), destination as string);
}
