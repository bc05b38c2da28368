/**
 * What the kernel makes of a plan: a table of mounts, each on a place of the mount below it, and a walk that crosses into whatever is
 * mounted last on the way. The disk has no links where anything is mounted, and every bind is of a path onto itself.
 */
import type { Disk } from '#src/sandbox/disk.js';
import type { MountOperation } from '#src/sandbox/mount-operation.js';
import { componentsOf, entryOf, parentOf } from '#src/sandbox/paths.js';

interface Mount {
  /** Undefined for the first one. */
  readonly on: Mount | undefined;
  readonly at: string;
  /** `host`: the disk at the same path. `empty`: only what was made in it. `mask`: one thing with nothing in it. `own`: of the sandbox. */
  readonly shows: 'host' | 'empty' | 'mask' | 'own';
  readonly made: Set<string>;
  /** Permissions of what is empty. */
  readonly mode: number;
  readOnly: boolean;
}

export type Verdict = 'write' | 'read' | 'deny';

export class MountModel {
  readonly #disk: Disk;
  readonly #mounts: Mount[] = [];
  /** Mount points that had to be made on the disk. */
  readonly madeOnHost = new Set<string>();

  constructor(disk: Disk, operations: readonly MountOperation[]) {
    this.#disk = disk;
    for (const operation of operations) this.#apply(operation);
  }

  /** What a program may do with what is at the path. */
  verdict(path: string): Verdict {
    const place = this.#walk(path);
    if (place === undefined) return 'deny';
    const { mount, open } = place;
    switch (mount.shows) {
      case 'host':
        return !open ? 'deny' : mount.readOnly ? 'read' : 'write';
      case 'mask':
        return mount.mode === 0 ? 'deny' : 'read';
      case 'empty':
        return 'deny';
      case 'own':
        return 'read';
      default:
        return mount.shows satisfies never;
    }
  }

  /** Whether a program can make a file at the path, where nothing is. */
  canMake(path: string): boolean {
    if (this.#walk(path) !== undefined) return false;
    const above = this.#walk(parentOf(path));
    return above?.open === true && above.mount.shows === 'host' && !above.mount.readOnly;
  }

  /** Whether a program can rename the directory within the one it is in. */
  canMove(path: string): boolean {
    const [here, above] = [this.#walk(path), this.#walk(parentOf(path))];
    if (here === undefined || above === undefined || here.mount !== above.mount) return false;
    if (here.mount.shows !== 'host' || here.mount.readOnly) return false;
    return !this.#mounts.some(({ on, at }) => on?.shows === 'host' && at === path);
  }

  /** Whether two directories are in one mount, so that files can be renamed from one to the other. */
  together(a: string, b: string): boolean {
    return this.#walk(a)?.mount === this.#walk(b)?.mount;
  }

  #apply(operation: MountOperation): void {
    switch (operation.do) {
      case 'directory':
      case 'link':
        this.#make(operation.path);
        break;
      case 'seal':
        this.#seal(operation.path);
        break;
      default:
        this.#mount(mountOf(operation));
    }
  }

  #mount({ at, shows, mode = 0o755, readOnly = false }: NewMount): void {
    if (at !== '/' && this.#walk(at) === undefined) this.#make(at);
    const on = this.#mounts.length === 0 ? undefined : this.#walk(at)!.mount;
    this.#mounts.push({ on, at, shows, made: new Set(), mode, readOnly });
  }

  #seal(path: string): void {
    const { mount } = this.#walk(path)!;
    if (mount.at !== path || mount.shows === 'host') throw new Error(`no mount to seal at ${path}`);
    mount.readOnly = true;
  }

  /** As bubblewrap does before it mounts: with all above it. */
  #make(path: string): void {
    if (this.#walk(parentOf(path)) === undefined) this.#make(parentOf(path));
    const { mount } = this.#walk(parentOf(path))!;
    if (mount.readOnly) throw new Error(`cannot make ${path}: read-only file system`);
    if (mount.shows === 'mask') throw new Error(`cannot make ${path}: not a directory`);
    if (mount.shows === 'host') this.madeOnHost.add(path);
    else mount.made.add(path);
  }

  /** The mount in which the path ends, and whether every directory before it lets a program through. */
  #walk(path: string): { mount: Mount; open: boolean } | undefined {
    let mount = this.#top(undefined, '/');
    if (mount === undefined) return undefined;
    let at = '/';
    let open = true;
    for (const name of componentsOf(path)) {
      if (mount.shows === 'empty' && (mount.mode & 0o111) === 0) open = false;
      at = entryOf(at, name);
      if (!this.#has(mount, at)) return undefined;
      mount = this.#top(mount, at) ?? mount;
    }
    return { mount, open };
  }

  #has(mount: Mount, path: string): boolean {
    if (mount.shows !== 'host') return mount.shows === 'own' || mount.made.has(path);
    return this.#disk.look(path).is !== 'nothing' || this.madeOnHost.has(path);
  }

  /** What covers a place of a mount, and what covers that. */
  #top(on: Mount | undefined, at: string): Mount | undefined {
    let found = this.#mounts.find((mount) => mount.on === on && mount.at === at);
    for (let above = found; above !== undefined; above = this.#mounts.findLast((m) => m.on === above && m.at === at))
      found = above;
    return found;
  }
}

interface NewMount {
  readonly at: string;
  readonly shows: Mount['shows'];
  readonly mode?: number;
  readonly readOnly?: boolean;
}

function mountOf(operation: Exclude<MountOperation, { do: 'directory' | 'link' | 'seal' }>): NewMount {
  switch (operation.do) {
    case 'root':
      return { at: '/', shows: 'host', readOnly: operation.access === 'read' };
    case 'emptyRoot':
      return { at: '/', shows: 'empty' };
    case 'devices':
      return { at: '/dev', shows: 'own' };
    case 'sharedMemory':
      return { at: '/dev/shm', shows: 'own' };
    case 'processes':
      return { at: '/proc', shows: 'own' };
    case 'hostReadOnly':
      return { at: operation.path, shows: 'host', readOnly: true };
    case 'pin':
    case 'pinWithDevices':
      return { at: operation.path, shows: 'host' };
    case 'bind':
      return { at: operation.path, shows: 'host', readOnly: operation.access === 'read' };
    case 'hideDirectory':
      return { at: operation.path, shows: 'empty', mode: operation.mode };
    case 'hideFile':
      return { at: operation.path, shows: 'mask', mode: 0 };
    case 'placeholderDirectory':
      return { at: operation.path, shows: 'mask', mode: 0o555 };
    case 'placeholderFile':
      return { at: operation.path, shows: 'mask', mode: 0o600 };
    default:
      return operation satisfies never;
  }
}
