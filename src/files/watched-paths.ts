/** A watch plan carried out: by inotify, which is what Node watches with on Linux. */
import { type FSWatcher, lstatSync, statfsSync, watch } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { eventFlood } from './event-flood.js';
import { type Found, planWatch, type WatchPlan } from './watch-plan.js';

/**
 * File systems that change only through this machine's kernel, so that it can tell: neither those of a network or of a
 * program, nor those whose entries are made up. Numbers are those of statfs(2).
 */
const TOLD_OF: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x3153464a, // jfs
  0x52654973, // reiserfs
  0x3434, // nilfs2
  0x4d44, // fat
  0x2011bab0, // exfat
  0x7366746e, // ntfs3
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
  0x9660, // iso9660
  0x15013346, // udf
]);

export class WatchedPaths implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #changed: () => void;
  readonly #endOfFlood: () => void;
  #ended = false;

  private constructor(changed: () => void) {
    this.#changed = changed;
    this.#endOfFlood = eventFlood.watch(() => this.#change());
  }

  /**
   * Undefined where nothing can be promised. `changed` is called once, in a later turn, and then nothing is watched any more.
   * Paths have one character per byte.
   */
  static open(missing: readonly string[], present: string | undefined, changed: () => void): WatchedPaths | undefined {
    const plan = planWatch(missing, present, lookAround());
    if (plan === undefined) return undefined;
    const watched = new WatchedPaths(changed);
    // What came before the watch is seen by looking again; what comes behind it is told.
    if (watched.#follow(plan) && isDeepStrictEqual(planWatch(missing, present, lookAround()), plan)) return watched;
    watched[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#endOfFlood();
    for (const watcher of this.#watchers) watcher.close();
  }

  /** From the root down: when a directory is opened, the one above it would tell that another was put in its place. */
  #follow({ directories, file }: WatchPlan): boolean {
    try {
      for (const [directory, names] of directories) this.#watch(directory, (name) => names.has(name));
      if (file !== undefined) this.#watch(file, () => true);
      return true;
    } catch {
      // All watches that this user may have are in use, or a directory must not be read.
      return false;
    }
  }

  #watch(path: string, matters: (name: string) => boolean): void {
    const watcher = watch(Buffer.from(path, 'latin1'), { persistent: false, encoding: 'latin1' }, (_, name) => {
      eventFlood.event();
      if (name === null || matters(name)) this.#change();
    });
    // It tells no more from now on: as good as a change.
    watcher.on('error', () => this.#change());
    this.#watchers.push(watcher);
  }

  #change(): void {
    if (this.#ended) return;
    this[Symbol.dispose]();
    this.#changed();
  }
}

/** Looks at paths on the disk; file systems are asked for their kind once each. */
function lookAround(): (path: string) => Found {
  const toldOf = new Map<bigint, boolean>();
  return (path) => {
    const bytes = Buffer.from(path, 'latin1');
    try {
      const stats = lstatSync(bytes, { bigint: true });
      if (stats.isSymbolicLink()) return 'link';
      const told = toldOf.get(stats.dev) ?? TOLD_OF.has(statfsSync(bytes).type);
      toldOf.set(stats.dev, told);
      if (!told) return 'unknown';
      return stats.isDirectory() ? 'directory' : 'other';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'nothing' : 'unknown';
    }
  };
}
