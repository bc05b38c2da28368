/** What one bubblewrap says of itself, as far as launches need it. */
import { type Features, readFeatures } from './features.js';
import { INSTALL } from './find.js';
import type { Lack } from './finding.js';
import { firstLine, runProgram } from './run-program.js';

/** Its features, or why it will not do. */
export async function examine(path: string, signal: AbortSignal): Promise<Features | Lack> {
  const help = await runProgram([path, '--help'], { signal });
  if (help.is === 'failed') return { problem: `bubblewrap does not run: ${help.why}`, remedy: undefined };
  if (help.exitCode !== 0) {
    const complaint = firstLine(help.errors) || `exit code ${help.exitCode}`;
    return { problem: `\`${path} --help\` failed: ${complaint}`, remedy: undefined };
  }
  const features = readFeatures(help.output + help.errors);
  if (features.missing.length === 0) return features;
  const version = await readVersion(path, signal);
  return {
    problem: `${path} is too old (${version}): it does not know ${features.missing.join(', ')}`,
    remedy: UPDATE,
  };
}

const UPDATE = `update it to 0.8.0 or later; ${INSTALL}`;

/** Such as `bubblewrap 0.8.0`. */
export async function readVersion(path: string, signal: AbortSignal): Promise<string> {
  const said = await runProgram([path, '--version'], { signal });
  return (said.is === 'ended' && firstLine(said.output)) || 'of unknown version';
}
