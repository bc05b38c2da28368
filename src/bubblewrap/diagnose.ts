/** The same as the probe step by step, for whoever has to repair what it found. */
import { seccompFilter } from '../sandbox/seccomp-filter.js';
import { examine, readVersion } from './examine.js';
import { findBubblewrap } from './find.js';
import type { Lack } from './finding.js';
import { firstLine, isSuccess, runProgram } from './run-program.js';
import { findSignalEnv } from './signal-env.js';
import { type Surroundings, supportedSystem } from './supported-system.js';
import { TRIED, tryLaunch } from './trial.js';

/** One thing that was tried. `lesser`: sandboxes work, and something about them is worse. */
export type Check = { readonly name: string } & (
  | { readonly verdict: 'ok'; readonly detail: string }
  | ({ readonly verdict: 'lesser' | 'problem' } & Lack)
);

/** In the order of their trial; what follows a problem that it depends on is not tried. Never rejects. */
export async function diagnose(surroundings: Surroundings, signal: AbortSignal): Promise<Check[]> {
  const architecture = supportedSystem(surroundings);
  if (typeof architecture !== 'string') return [problem('system', architecture)];
  const place = await findBubblewrap(surroundings.environment);
  if (!('path' in place)) return [problem('bubblewrap', place), ...(await namespacesAlone(signal))];
  const { path } = place;
  const features = await examine(path, signal);
  if ('problem' in features) return [problem('bubblewrap', features)];
  const checks = [ok('bubblewrap', `${path}, ${await readVersion(path, signal)}`)];
  const trial = { filter: seccompFilter(architecture, 'restricted'), signal };
  const given: string[] = [];
  for (const [name, detail, words] of STEPS) {
    const refusal = await tryLaunch(path, [...given, ...words], trial);
    if (refusal === undefined) {
      checks.push(ok(name, detail));
      given.push(...words);
    } else if (refusal.isOnlyProc) {
      checks.push({ name, verdict: 'lesser', ...PROCESSES_SEEN });
    } else {
      return [...checks, problem(name, refusal)];
    }
  }
  const signalEnv = await findSignalEnv(signal);
  checks.push(
    signalEnv === undefined
      ? { name: 'job control', verdict: 'lesser', ...NO_SIGNAL_ENV }
      : ok('job control', 'Ctrl-C and Ctrl-Z on sandboxed terminals'),
  );
  if (!features.bindsDescriptors) checks.push({ name: 'binding by descriptor', verdict: 'lesser', ...NO_DESCRIPTORS });
  return checks;
}

const STEPS: readonly (readonly [name: string, detail: string, words: readonly string[]])[] = [
  ['user namespaces', 'a file system and rights of its own', [...TRIED.files, ...TRIED.capabilities]],
  ['process namespaces', 'other processes are out of reach', TRIED.processes],
  ['network namespaces', 'no network', TRIED.network],
  ['seccomp filter', 'dangerous system calls are refused', TRIED.filter],
  ['own /proc', 'other processes are not seen', TRIED.ownProcesses],
];

const PROCESSES_SEEN: Lack = {
  problem: 'sandboxed commands see the processes of this machine, but cannot touch them',
  remedy: 'start the container with an unmasked /proc (`--security-opt systempaths=unconfined`)',
};
const NO_SIGNAL_ENV: Lack = {
  problem: 'sandboxed terminals have no job control',
  remedy: 'install coreutils 8.31 or later',
};
const NO_DESCRIPTORS: Lack = {
  problem: 'bubblewrap finds directories by name and not by what was checked',
  remedy: 'update it to 0.10 or later, or to the 0.8.0 of Debian 12',
};

const ok = (name: string, detail: string): Check => ({ name, verdict: 'ok', detail });
const problem = (name: string, { problem, remedy }: Lack): Check => ({ name, verdict: 'problem', problem, remedy });

/** Whether it is worth installing bubblewrap: util-linux can try the namespaces, too. */
async function namespacesAlone(signal: AbortSignal): Promise<Check[]> {
  const outcome = await runProgram(['/usr/bin/unshare', '--user', '--net', '/bin/sh', '-c', ':'], { signal });
  if (isSuccess(outcome)) return [ok('user namespaces', 'the system allows them')];
  if (outcome.is === 'failed') return [];
  return [problem('user namespaces', { problem: firstLine(outcome.errors), remedy: undefined })];
}
