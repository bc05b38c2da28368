/** A disk in memory. Paths as in src/sandbox/paths.ts; all above a path are directories unless said otherwise. */
import type { Disk, Found, ListedEntry } from '#src/sandbox/disk.js';
import { entryOf, parentOf, upwards } from '#src/sandbox/paths.js';

/** `dir`, `unlistable` (a directory), `closed`, `unknown`, `other` (a pipe), `-> target`, or the text of a file. */
export type Drawing = Readonly<Record<string, string>>;

export class FakeDisk implements Disk {
  readonly #things = new Map<string, string>([['/', 'dir']]);
  readonly asked: string[] = [];

  constructor(drawing: Drawing) {
    for (const [path, thing] of Object.entries(drawing)) this.put(path, thing);
  }

  put(path: string, thing: string): void {
    for (const above of upwards(parentOf(path))) if (!this.#things.has(above)) this.#things.set(above, 'dir');
    this.#things.set(path, thing);
  }

  remove(path: string): void {
    this.#things.delete(path);
  }

  paths(): string[] {
    return [...this.#things.keys()];
  }

  look(path: string): Found {
    this.asked.push(path);
    const thing = this.#things.get(path);
    if (thing === undefined) return { is: 'nothing' };
    if (thing.startsWith('-> ')) return { is: 'link', target: thing.slice(3) };
    if (thing === 'closed' || thing === 'unknown') return { is: thing };
    const identity = `${path}#${this.#inodes.get(path) ?? 0}`;
    if (thing === 'dir' || thing === 'unlistable') return { is: 'directory', identity };
    return { is: thing === 'other' ? 'other' : 'file', identity };
  }
  readonly #inodes = new Map<string, number>();

  /** The same again, as another object. */
  replace(path: string): void {
    this.#inodes.set(path, (this.#inodes.get(path) ?? 0) + 1);
  }

  list(directory: string) {
    const thing = this.#things.get(directory);
    if (thing === undefined) return { is: 'nothing' } as const;
    if (thing === 'unlistable') return { is: 'unlistable' } as const;
    const entries = this.paths()
      .filter((path) => path !== '/' && parentOf(path) === directory)
      .map((path): ListedEntry => {
        const name = path.slice(entryOf(directory, '').length);
        const { is } = this.look(path);
        const kind = is === 'directory' || is === 'link' ? is : 'other';
        return { name, isUtf8: !name.includes('\uFFFD'), kind };
      });
    return { is: 'names', entries } as const;
  }

  readText(path: string, limitBytes: number): string | undefined {
    const thing = this.#things.get(path);
    return thing !== undefined && Buffer.byteLength(thing) <= limitBytes ? thing : undefined;
  }
}
