/**
 * Tries out whether commands can be sandboxed here, with the options and the filter of a real launch.
 *
 *   this system ──► where bwrap is ──► what it knows (--help) ──► a sandbox ──► the same with the host's /proc
 *                                      env for terminals, at the same time
 */
import { access, readFile } from 'node:fs/promises';
import { seccompFilter } from '../sandbox/seccomp-filter.js';
import type { FilteredArchitecture } from '../sandbox/syscall-numbers.js';
import { readFeatures } from './features.js';
import { findBubblewrap, INSTALL, type Place } from './find.js';
import { type Finding, unavailable } from './finding.js';
import { KERNEL_SETTINGS, type KernelSettings, remedyFor } from './remedy.js';
import { type Outcome, runProgram } from './run-program.js';

export interface Surroundings {
  /** Of the executor: says where bubblewrap is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly architecture: NodeJS.Architecture;
}

/** Never rejects. When the signal is aborted it ends soon, with `unavailable`. */
export async function probe(
  { environment, platform, architecture }: Surroundings,
  signal: AbortSignal,
): Promise<Finding> {
  if (platform !== 'linux') return unavailable('sandboxes are not supported on this system, only on Linux');
  if (!isFiltered(architecture)) {
    return unavailable(`sandboxes need an x86_64 or aarch64 processor, and this one is ${architecture}`);
  }
  const place = await findBubblewrap(environment);
  if (!('path' in place)) return unavailable(place.problem, place.remedy);
  return tryOut(place, architecture, signal);
}

const isFiltered = (architecture: NodeJS.Architecture): architecture is FilteredArchitecture =>
  architecture === 'x64' || architecture === 'arm64';

async function tryOut({ path }: Place, architecture: FilteredArchitecture, signal: AbortSignal): Promise<Finding> {
  const [help, signalEnv, nothing] = await Promise.all([
    runProgram([path, '--help'], { signal }),
    findSignalEnv(signal),
    findNothing(),
  ]);
  if (help.is === 'failed') return unavailable(`bubblewrap does not run: ${help.why}`);
  if (help.exitCode !== 0) {
    return unavailable(`\`${path} --help\` failed: ${firstLine(help.errors) || `exit code ${help.exitCode}`}`);
  }
  const { missing, ...features } = readFeatures(help.output + help.errors);
  if (missing.length > 0) {
    const version = await readVersion(path, signal);
    return unavailable(`${path} is too old (${version}): it does not know ${missing.join(', ')}`, UPDATE);
  }
  const filter = seccompFilter(architecture, 'restricted');
  const sandbox = (ownProcesses: boolean) =>
    runProgram([path, ...SANDBOX, ...(ownProcesses ? OWN_PROCESSES : []), '--', ...nothing], { signal, bytes: filter });
  const available = (ownProcesses: boolean): Finding => ({
    is: 'available',
    bubblewrap: { path, ...features, ownProcesses, signalEnv },
  });
  const whole = await sandbox(true);
  if (isSuccess(whole)) return available(true);
  if (!cannotMountProc(whole)) return refusedBy(whole);
  const lesser = await sandbox(false);
  return isSuccess(lesser) ? available(false) : refusedBy(lesser);
}

const UPDATE = `update it to 0.8.0 or later; ${INSTALL}`;

/** Those of every launch that some machine is known to refuse; the filter is read from descriptor 3. */
const SANDBOX = [
  ...['--die-with-parent', '--ro-bind', '/', '/', '--dev', '/dev'],
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-net', '--cap-drop', 'ALL', '--seccomp', '3'],
];
const OWN_PROCESSES = ['--proc', '/proc'];

const isSuccess = (outcome: Outcome): boolean => outcome.is === 'ended' && outcome.exitCode === 0;

/** In a container whose own /proc is partly masked the kernel allows no new one. */
const cannotMountProc = (outcome: Outcome): boolean =>
  outcome.is === 'ended' && /Can't mount proc\b.*\/newroot\/proc/.test(outcome.errors);

async function refusedBy(outcome: Outcome): Promise<Finding> {
  if (outcome.is === 'failed') return unavailable(`bubblewrap does not work: ${outcome.why}`);
  const line = firstLine(outcome.errors);
  if (line === '') return unavailable(`bubblewrap ended with code ${outcome.exitCode} and said nothing`);
  return unavailable(line, remedyFor(line, await readSettings(), process.getuid!()));
}

/** Somebody's text on its way into an error message. */
const firstLine = (text: string): string => text.trimStart().split('\n', 1)[0]!.trimEnd().slice(0, LINE_CHARACTERS);
const LINE_CHARACTERS = 500;

async function readSettings(): Promise<KernelSettings> {
  const settings = Object.entries(KERNEL_SETTINGS).map(async ([name, path]) => {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    return [name, text?.trim()] as const;
  });
  return Object.fromEntries(await Promise.all(settings)) as unknown as KernelSettings;
}

async function readVersion(path: string, signal: AbortSignal): Promise<string> {
  const said = await runProgram([path, '--version'], { signal });
  return (said.is === 'ended' && firstLine(said.output)) || 'of unknown version';
}

/** Env of coreutils 8.31 or later. */
async function findSignalEnv(signal: AbortSignal): Promise<string | undefined> {
  for (const path of ['/usr/bin/env', '/bin/env']) {
    const both = ['--ignore-signal=INT,QUIT,TSTP', path, '--default-signal=INT,QUIT,TSTP', path];
    if (isSuccess(await runProgram([path, ...both], { signal }))) return path;
  }
  return undefined;
}

/** A program that does nothing, and does it well. */
async function findNothing(): Promise<readonly string[]> {
  for (const path of ['/usr/bin/true', '/bin/true']) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return [path];
  }
  return ['/bin/sh', '-c', ':'];
}
