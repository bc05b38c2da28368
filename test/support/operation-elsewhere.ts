/** Operations of the threads for files in processes of their own: as another user, or with disks that only they see. */
import { type SpawnSyncOptionsWithBufferEncoding, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { FileOperation, FileOutcome, FileTasks } from '#src/pool/file-calls.js';
import { installationFor } from './installation.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#test/support/operation-program.js'));
/** The user whom systems keep for what must have no privileges. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

export type Outcome<O extends FileOperation> = FileOutcome<FileTasks[O]['result']>;

/** By a user who has no privileges: another than ours if we are root. */
export function outcomeUnprivileged<O extends FileOperation>(operation: O, task: FileTasks[O]['task']): Outcome<O> {
  const installation = installationFor(unprivilegedUser);
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY, cwd: installation.root } : {};
  const args = [installation.at(PROGRAM), operation];
  return JSON.parse(run(installation.node, args, { input: serialize(task), ...identity }));
}

/** Whose files outcomeUnprivileged finds to be its own. */
export const unprivilegedUser = isRoot ? NOBODY : process.getuid?.();

export interface Scene {
  /** Shell scripts run before and after; what they mount is seen by nobody else, and gone at the end. `$1` is `folder`. */
  readonly before: string;
  readonly after: string;
  readonly folder: string;
}

export interface SceneEnd<O extends FileOperation> {
  readonly outcome: Outcome<O>;
  /** What `after` printed. */
  readonly said: string;
}

/** Among mounts of its own. Undefined where this machine lets us mount nothing. */
export function outcomeAmongMounts<O extends FileOperation>(
  operation: O,
  task: FileTasks[O]['task'],
  scene: Scene,
): SceneEnd<O> | undefined {
  const printed = runAmongMounts([PROGRAM, operation], serialize(task), scene);
  if (printed === undefined) return undefined;
  const end = printed.indexOf('\n');
  return { outcome: JSON.parse(printed.slice(0, end)), said: printed.slice(end + 1) };
}

/** The same for any program of ours: what it and then `after` printed. */
export function runAmongMounts(
  program: readonly string[],
  input: Buffer,
  { before, after, folder }: Scene,
): string | undefined {
  if (!mounts) return undefined;
  const script = `set -e; (${before}) < /dev/null >&2; folder=$1; shift; "$@"; set -- "$folder"; ${after}`;
  return run('unshare', [...mounts, 'sh', '-c', script, 'sh', folder, process.execPath, ...program], { input });
}

/** How to get mounts of one's own: as root, or as root of a user namespace. */
const mounts = [['-rm'], ['-m']].find(
  (flags) => spawnSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0,
);

function run(program: string, args: readonly string[], options: SpawnSyncOptionsWithBufferEncoding): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.toString()}`);
  return stdout.toString();
}
