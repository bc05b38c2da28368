/** Placeholders of living sandboxes are on the disk, but they are not what the disk has. */
import type { Disk } from './disk.js';
import { entryOf } from './paths.js';

export function hidePlaceholders(disk: Disk, placeholders: ReadonlySet<string>): Disk {
  return {
    look: (path) => (placeholders.has(path) ? { is: 'nothing' } : disk.look(path)),
    list(directory) {
      const listing = disk.list(directory);
      if (listing.is !== 'names') return listing;
      return {
        is: 'names',
        entries: listing.entries.filter(({ name }) => !placeholders.has(entryOf(directory, name))),
      };
    },
    readText: (path, limitBytes) => disk.readText(path, limitBytes),
  };
}
