/** What enforces sandboxes on Linux, found and tried out. Plain data: it travels to the workers with every launch. */
export interface Bubblewrap {
  /** Absolute; never taken from a request. */
  readonly path: string;
  /** Knows --bind-fd and --ro-bind-fd: what is bound is what was looked at, whatever its name leads to by then. */
  readonly bindsDescriptors: boolean;
  /** Knows --argv0. */
  readonly takesArg0: boolean;
  /** A sandbox can have a /proc of its own; else it has that of the host, read-only. */
  readonly ownProcesses: boolean;
  /** Path of an `env` that knows --ignore-signal and --default-signal, for job control on terminals. */
  readonly signalEnv: string | undefined;
}
