import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Everything below a folder that is not a folder itself, by path from there. */
export type Tree = Readonly<Record<string, Entry>>;

/** The text of a file with the usual mode, or a file with its permission bits, or where a symbolic link points. */
export type Entry =
  | string
  | { readonly mode: number; readonly text: string }
  | { readonly bytes: Buffer }
  | { readonly link: string };

/** What a program gives a file that it makes, permission bits. */
const USUAL_MODE = 0o666 & ~process.umask();

/** Makes what `tree` says in a folder, and every folder on the way. */
export async function plantTree(folder: string, tree: Tree): Promise<void> {
  for (const [path, entry] of Object.entries(tree)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (typeof entry === 'string') await writeFile(place, entry);
    else if ('link' in entry) await symlink(entry.link, place);
    else if ('bytes' in entry) await writeFile(place, entry.bytes);
    else {
      await writeFile(place, entry.text);
      await chmod(place, entry.mode);
    }
  }
}

/** The folder as it is now; bytes that are no UTF-8 are shown as `{ bytes }`. */
export async function readTree(folder: string): Promise<Tree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const named = entries
    .filter((entry) => !entry.isDirectory())
    .map(async (entry) => {
      const place = join(entry.parentPath, entry.name);
      return [
        place.slice(folder.length + 1),
        entry.isSymbolicLink() ? { link: await readlink(place) } : await fileAt(place),
      ];
    });
  return Object.fromEntries(await Promise.all(named));
}

/** The folders below a folder in which there is nothing, paths from there. */
export async function emptyFoldersOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const places = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const listed = await Promise.all(places.map((place) => readdir(place)));
  return places.filter((_, index) => listed[index]!.length === 0).map((place) => place.slice(folder.length + 1));
}

async function fileAt(place: string): Promise<Entry> {
  const [bytes, { mode }] = await Promise.all([readFile(place), stat(place)]);
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes)) return { bytes };
  const permissions = mode & 0o7777;
  return permissions === USUAL_MODE ? text : { mode: permissions, text };
}
