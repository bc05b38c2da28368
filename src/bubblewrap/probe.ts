/**
 * Tries out whether commands can be sandboxed here, with the options and the filter of a real launch.
 *
 *   this system ──► where bwrap is ──► what it knows (--help) ──► a sandbox ──► the same with the host's /proc
 *                                      env for terminals, at the same time
 */
import { seccompFilter } from '../sandbox/seccomp-filter.js';
import { examine } from './examine.js';
import { findBubblewrap } from './find.js';
import { type Finding, type Lack, unavailable } from './finding.js';
import { findSignalEnv } from './signal-env.js';
import { type Surroundings, supportedSystem } from './supported-system.js';
import { TRIED, tryLaunch } from './trial.js';

/** Never rejects. When the signal is aborted it ends soon, with `unavailable`. */
export async function probe(surroundings: Surroundings, signal: AbortSignal): Promise<Finding> {
  const architecture = supportedSystem(surroundings);
  if (typeof architecture !== 'string') return lacking(architecture);
  const place = await findBubblewrap(surroundings.environment);
  if (!('path' in place)) return lacking(place);
  const { path } = place;
  const [features, signalEnv] = await Promise.all([examine(path, signal), findSignalEnv(signal)]);
  if ('problem' in features) return lacking(features);
  const { bindsDescriptors, takesArg0 } = features;
  const available = (ownProcesses: boolean): Finding => ({
    is: 'available',
    bubblewrap: { path, bindsDescriptors, takesArg0, ownProcesses, signalEnv },
  });
  const trial = { filter: seccompFilter(architecture, 'restricted'), signal };
  const refusal = await tryLaunch(path, [...SANDBOX, ...TRIED.ownProcesses], trial);
  if (refusal === undefined) return available(true);
  if (!refusal.isOnlyProc) return lacking(refusal);
  const second = await tryLaunch(path, SANDBOX, trial);
  return second === undefined ? available(false) : lacking(second);
}

const SANDBOX = [...TRIED.files, ...TRIED.processes, ...TRIED.network, ...TRIED.capabilities, ...TRIED.filter];

const lacking = ({ problem, remedy }: Lack): Finding => unavailable(problem, remedy);
