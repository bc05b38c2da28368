/** Opens what a sandbox is to get, so that a name which leads elsewhere by then makes no difference. */
import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { descriptorPath, O_PATH } from '#src/files/descriptor-path.js';
import type { Opening } from '#src/sandbox/mount-operation.js';

/** The descriptors, in order, for the caller to close; `changed`: something is not what the plan saw, and nothing is left open. */
export function openForBind(openings: readonly Opening[]): number[] | 'changed' {
  const opened: number[] = [];
  for (const opening of openings) {
    const descriptor = openOne(opening);
    if (descriptor === undefined) {
      for (const each of opened) closeSync(each);
      return 'changed';
    }
    opened.push(descriptor);
  }
  return opened;
}

function openOne({ path, object }: Opening): number | undefined {
  const kind = object === 'directory' ? constants.O_DIRECTORY : 0;
  let descriptor: number;
  try {
    descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW | kind);
  } catch (error) {
    if (MEANS_CHANGED.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
  if (isObjectAt(descriptor, path, object)) return descriptor;
  closeSync(descriptor);
  return undefined;
}
const MEANS_CHANGED: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** A link opens as itself, so a file is asked what it is. The kernel knows the path by which a descriptor's object is reached now. */
const isObjectAt = (descriptor: number, path: string, object: Opening['object']): boolean =>
  readlinkSync(descriptorPath(descriptor)) === path &&
  (object === 'directory' || !fstatSync(descriptor).isSymbolicLink());
