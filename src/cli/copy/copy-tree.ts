/** Copies a file, or a folder with all it holds, from one end to the other. */
import { forEachAtOnce, Places } from './at-once.js';
import { Carry } from './carry.js';
import { CopyThere } from './copy-there.js';
import { blaming, FileFault } from './fault.js';
import { RemoteSide } from './remote-side.js';
import type { Reporter } from './reporter.js';
import type { Found, Side } from './side.js';
import type { Transfer } from './transfer.js';
import { type FileJob, liesIn, listTree, type Pair } from './tree.js';

export interface CopyTask {
  readonly source: Side;
  /** May be the same as the source: then an executor copies within itself. */
  readonly target: Side;
  readonly root: Pair;
  /** What is at the source. */
  readonly found: Found;
  readonly verify: boolean;
  readonly reporter: Reporter;
  /** Aborted from outside to stop, and from here when the copy cannot go on. */
  readonly stop: AbortController;
}

export interface CopyCount {
  readonly copied: number;
  /** Files and folders that were not copied, each of them said, or the folder that could not be made for it. */
  readonly failed: number;
}

/** Small files cost round trips more than bytes, so some go at once; a large one fills the way alone. */
const TRANSFERS_AT_ONCE = 4;
/** Files may wait for their digest, which comes for many at a time, while others move. */
const FILES_AT_ONCE = 256;
const FOLDERS_AT_ONCE = 8;

/** Goes on after what went wrong with one file. Errors: what concerns the whole copy; nothing runs any more then. */
export async function copyTree(task: CopyTask): Promise<CopyCount> {
  const { source, root, found, reporter, stop } = task;
  let failed = 0;
  const fault = ({ message }: FileFault) => {
    failed += 1;
    reporter.say(message);
  };
  const tree = await listTree(source, root, found, { found: (file) => reporter.found(file), fault });
  reporter.allFound();

  const missing = await makeFolders(task, tree.levels, fault);
  const isLost = ({ to }: Pair) => missing.some((folder) => liesIn(to.uri, folder.to.uri));
  let copied = 0;
  const places = new Places(TRANSFERS_AT_ONCE);
  await forEachAtOnce(tree.files, FILES_AT_ONCE, async (file) => {
    if (isLost(file)) {
      failed += 1;
      reporter.ended(file, 0, undefined);
      return;
    }
    try {
      await copyFile(file, task, places);
      copied += 1;
    } catch (error) {
      if (error instanceof FileFault) return fault(error);
      // The others cannot be copied either.
      stop.abort();
      throw error;
    }
  });
  return { copied, failed };
}

/** Answers with the folders that could not be made; what would be in them is not tried. */
async function makeFolders(
  { target }: CopyTask,
  levels: readonly (readonly Pair[])[],
  fault: (fault: FileFault) => void,
): Promise<readonly Pair[]> {
  const missing: Pair[] = [];
  for (const level of levels) {
    await forEachAtOnce(level, FOLDERS_AT_ONCE, async (folder) => {
      if (missing.some((above) => liesIn(folder.to.uri, above.to.uri))) return;
      try {
        await blaming(folder.to, () => target.makeFolder(folder.to.uri));
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        missing.push(folder);
        fault(error);
      }
    });
  }
  return missing;
}

async function copyFile(file: FileJob, task: CopyTask, places: Places): Promise<void> {
  const { reporter } = task;
  let moved = 0;
  let ms: number | undefined;
  const transfer = transferOf(file, task, (bytes) => {
    moved += bytes;
    reporter.moved(bytes);
  });
  try {
    let began = 0;
    await places.run(async () => {
      began = performance.now();
      await transfer.run();
    });
    await transfer.check();
    await transfer.keep();
    ms = performance.now() - began;
  } catch (error) {
    if ((await transfer.discard()) === 'incomplete') throw incomplete(error, file, reporter);
    throw error;
  } finally {
    reporter.ended(file, moved, ms);
  }
}

function transferOf(
  file: FileJob,
  { source, target, verify, stop }: CopyTask,
  moved: (bytes: number) => void,
): Transfer {
  const context = { verify, signal: stop.signal, moved };
  return source === target && source instanceof RemoteSide
    ? new CopyThere(file, source, context)
    : new Carry(file, source, target, context);
}

/** The same error, having said that something is there which is no copy. */
function incomplete(error: unknown, { to }: Pair, reporter: Reporter): unknown {
  const warning = `${to.shown} is no complete copy`;
  if (error instanceof FileFault) return new FileFault(`${error.message}; ${warning}`);
  reporter.say(warning);
  return error;
}
