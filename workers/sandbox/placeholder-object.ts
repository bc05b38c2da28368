/** Placeholders themselves, where programs work: nothing there is certain from one call to the next. */
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { withParentsOpen } from '#src/files/no-follow.js';
import type { FilePath } from '#src/pool/file-calls.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import { done } from './placeholder-tokens.js';

/** What is at the path; `filled` also for what no placeholder can be, and what cannot be looked at. */
export function lookThere(path: string): 'nothing' | 'empty' | 'filled' {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'nothing';
    if (stats.isDirectory()) return readdirSync(path).length === 0 ? 'empty' : 'filled';
    return stats.isFile() && stats.size === 0 ? 'empty' : 'filled';
  } catch {
    return 'filled';
  }
}

/**
 * Removes an empty object. It stays when it has content, is no longer what was made, or may not be removed. Programs may have put
 * links in the place of the directories above it; they are not followed. Errors: the system's, where it may work another time.
 */
export function removeEmpty({ path, object }: Placeholder): void {
  // Only to save the longer way, where another has removed it or it was never made.
  if (lookThere(path) !== 'empty') return;
  const remove = (place: FilePath) => {
    if (object === 'directory') return rmdirSync(place as string);
    const stats = lstatSync(place as string);
    if (stats.isFile() && stats.size === 0) unlinkSync(place as string);
  };
  done(() => withParentsOpen(path, remove, () => {}), ...FOR_GOOD);
}
const FOR_GOOD = [
  'ENOENT',
  'ENOTEMPTY',
  'ENOTDIR',
  'EEXIST',
  'EBUSY',
  'EACCES',
  'EPERM',
  'EROFS',
  'ELOOP',
  'EISDIR',
  'ENAMETOOLONG',
];
