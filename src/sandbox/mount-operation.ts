/** What is done to the file tree of a sandbox, one thing after the other; what comes later covers what was there. Plain data. */

export type MountOperation =
  /** The whole disk. `devices`: with the devices of the host. */
  | { readonly do: 'root'; readonly access: 'read' | 'write' | 'devices' }
  /** Nothing at all, to begin with. */
  | { readonly do: 'emptyRoot'; readonly path: '/' }
  /** A small /dev, a private bounded /dev/shm, and a /proc that shows the sandbox's own processes. */
  | { readonly do: 'devices' }
  | { readonly do: 'sharedMemory' }
  | { readonly do: 'processes' }
  /** What the host has there, read-only, by its name: for places that no program can change. */
  | { readonly do: 'hostReadOnly'; readonly path: string }
  /**
   * A directory becomes a mount of itself, which can be written. Covered by a later mount it shows nowhere, but cannot be renamed or
   * removed. Like `bind` it takes a descriptor: by its name it would make writable whatever a program has linked that name to.
   */
  | { readonly do: 'pin'; readonly path: string; readonly opening: number }
  /** The same by its name and with the devices of the host, where all can be written anyway. */
  | { readonly do: 'pinWithDevices'; readonly path: string }
  /** What a descriptor has open, which is `openings[opening]` of the plan, at its own path. */
  | { readonly do: 'bind'; readonly path: string; readonly access: 'read' | 'write'; readonly opening: number }
  /** In a hidden place: a directory on the way to something allowed, a link that leads to it. `mode` are permission bits. */
  | { readonly do: 'directory'; readonly path: string; readonly mode: number }
  | { readonly do: 'link'; readonly path: string; readonly target: string }
  /** An empty directory over what is there. Mode 0: nothing in it can be reached; 0o111: what is mounted below. */
  | { readonly do: 'hideDirectory'; readonly path: string; readonly mode: 0 | 0o111 }
  | { readonly do: 'hideFile'; readonly path: string }
  /** Where nothing is: the mount point is made on the host, and must be removed when no sandbox uses it any more. */
  | { readonly do: 'placeholderDirectory'; readonly path: string }
  | { readonly do: 'placeholderFile'; readonly path: string }
  /** The empty directory mounted there, in which mount points were made till now, becomes read-only; mounts below do not change. */
  | { readonly do: 'seal'; readonly path: string };

/** Something to be opened for a bind. */
export interface Opening {
  readonly path: string;
  readonly object: 'directory' | 'file';
}

/** An empty file or directory that is on the host while a sandbox lives. */
export interface Placeholder {
  readonly path: string;
  readonly object: 'directory' | 'file';
}
