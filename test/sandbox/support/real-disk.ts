/** The disk of this machine. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Disk } from '#src/sandbox/disk.js';

export const realDisk: Disk = {
  look(path) {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return { is: 'nothing' };
    if (stats.isSymbolicLink()) return { is: 'link', target: readlinkSync(path) };
    const is = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
    return { is, identity: `${stats.dev}:${stats.ino}` };
  },
  list(directory) {
    const entries = readdirSync(directory, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isUtf8: true,
      kind: entry.isDirectory()
        ? ('directory' as const)
        : entry.isSymbolicLink()
          ? ('link' as const)
          : ('other' as const),
    }));
    return { is: 'names', entries };
  },
  readText: (path) => readFileSync(path, 'utf8'),
};
