/** Everything that a copy has to do, found before it begins: so its size is known, and it cannot meet its own results. */
import type { FileUri } from '../../protocol/ids.js';
import type { NativePath } from '../../protocol/path-uri.js';
import { forEachAtOnce } from './at-once.js';
import { blaming, FileFault, faultOf } from './fault.js';
import { latin1 } from './file-report.js';
import type { Found, Side } from './side.js';
import { inFolder, type Spot } from './spot.js';

export interface Pair {
  readonly from: Spot;
  readonly to: Spot;
}

export interface FileJob extends Pair {
  /** When it was looked at, bytes. */
  readonly size: number;
}

export interface Tree {
  /** Folders to make: each level lies in the one before it. */
  readonly levels: readonly (readonly Pair[])[];
  readonly files: readonly FileJob[];
}

export interface TreeListener {
  found(file: FileJob): void;
  /** Something that is not copied. */
  fault(fault: FileFault): void;
}

/** A folder with all that it lies in, to notice links that lead back. */
interface Folder extends Pair {
  readonly identity: FileUri;
  readonly above: Folder | undefined;
}

/** Of each, with one request to an executor per folder or file. */
const FOLDERS_AT_ONCE = 8;
const FILES_AT_ONCE = 8;

/** Follows links, except those that lead back to a folder they lie in. Errors that are not about one file are thrown. */
export async function listTree(side: Side, root: Pair, found: Found, listener: TreeListener): Promise<Tree> {
  const levels: Folder[][] = [];
  const files: FileJob[] = [];
  let next: Folder[] = [];

  const take = async (pair: Pair, what: Found | undefined, above: Folder | undefined): Promise<void> => {
    switch (what?.kind) {
      case 'file': {
        const job = { ...pair, size: what.size };
        files.push(job);
        listener.found(job);
        return;
      }
      case 'folder':
        next.push(await identified(side, pair, above));
        return;
      case 'special':
        throw faultOf(pair.from, 'is neither a file nor a folder, and is skipped');
      case undefined:
        throw faultOf(pair.from, 'No such file or directory');
      default:
        what satisfies never;
    }
  };

  const open = async (folder: Folder): Promise<void> => {
    const names = await blaming(folder.from, () => side.list(folder.from.uri));
    await forEachAtOnce(inOrder(names), FILES_AT_ONCE, (name) =>
      tolerating(listener, async () => {
        const pair = { from: inFolder(folder.from, name), to: inFolder(folder.to, name) };
        if (!isName(name)) throw faultOf(pair.from, 'is no name of a file, and is skipped');
        await take(pair, await blaming(pair.from, () => side.look(pair.from.uri)), folder);
      }),
    );
  };

  await tolerating(listener, () => take(root, found, undefined));
  while (next.length > 0) {
    const level = next;
    next = [];
    levels.push(level);
    await forEachAtOnce(level, FOLDERS_AT_ONCE, (folder) => tolerating(listener, () => open(folder)));
  }
  return { levels, files };
}

async function identified(side: Side, pair: Pair, above: Folder | undefined): Promise<Folder> {
  const identity = await blaming(pair.from, () => side.identity(pair.from.uri));
  for (let folder = above; folder !== undefined; folder = folder.above) {
    if (folder.identity === identity) throw faultOf(pair.from, `leads back to ${folder.from.shown}, and is skipped`);
  }
  return { ...pair, identity, above };
}

async function tolerating(listener: TreeListener, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    listener.fault(error);
  }
}

/** An executor may say anything, and what is no plain name would lead out of the destination. */
const isName = (name: NativePath): boolean => {
  const text = latin1(name);
  return !['', '.', '..'].includes(text) && !/[/\0]/.test(text);
};

const inOrder = (names: readonly NativePath[]): NativePath[] =>
  [...names].sort((a, b) => Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)));

/** Whether a URI lies in a folder, or is it. */
export const liesIn = (uri: FileUri, folder: FileUri): boolean =>
  uri === folder || uri.startsWith(`${folder.replace(/\/$/, '')}/`);
