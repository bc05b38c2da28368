/**
 * What is used of node-pty: its binding. Its wrapper adds variables, decodes text and drops unread output at exit.
 * The descriptors that it opens are inherited by every child, until they are told otherwise.
 */
import { createRequire } from 'node:module';

export interface PtyBinding {
  /** Starts a program as leader of a session on a new terminal; it inherits whatever is not close-on-exec. */
  fork(
    file: string,
    args: readonly string[],
    environment: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    onExit: (exitCode: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number };
  /** A new terminal, nobody's yet: both ends, which do not block, and the path of the program's end. */
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
}

/** Undefined where it is not installed, or has not been built. */
export function loadPtyBinding(): PtyBinding | undefined {
  try {
    const { loadNativeModule } = createRequire(import.meta.url)('node-pty/lib/utils.js') as {
      loadNativeModule(name: string): { module: PtyBinding };
    };
    return loadNativeModule('pty').module;
  } catch {
    return undefined;
  }
}
