import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is in a directory. A text that begins with `->` is a link to the rest of it, any other the contents of a file. */
export interface Tree {
  readonly [name: string]: string | Tree;
}

/** Makes it in a directory, which is there. */
export function plant(path: string, tree: Tree): void {
  for (const [name, what] of Object.entries(tree)) {
    const place = join(path, name);
    if (typeof what !== 'string') {
      mkdirSync(place);
      plant(place, what);
    } else if (what.startsWith('->')) symlinkSync(what.slice('->'.length), place);
    else writeFileSync(place, what);
  }
}

/**
 * Makes directories one in the other, and a file of this name in the deepest; their path may become longer than one can be.
 * Then Node cannot remove them, but `rm` can.
 */
export function plantDeep(path: string, names: readonly string[], file: string): void {
  let directory = openSync(path, 'r');
  for (const name of names) {
    const below = `/proc/self/fd/${directory}/${name}`;
    mkdirSync(below);
    const above = directory;
    directory = openSync(below, 'r');
    closeSync(above);
  }
  writeFileSync(`/proc/self/fd/${directory}/${file}`, 'deep');
  closeSync(directory);
}
