/** Turns the peer's wish into a start with everything decided: looks the program up and refuses what no system call would take. */
import type { LaunchPlan } from '#src/pool/calls.js';
import { resolveProgram } from '#src/process/program-lookup.js';
import type { Launch } from './spawner.js';

/** `refused` is the text for the peer; the texts are those of release 0.169.0. */
export function planLaunch(plan: LaunchPlan): { readonly launch: Launch } | { readonly refused: string } {
  const { argv, environment, directory, stdio } = plan;
  const name = plan.arg0 ?? argv[0]!;
  if ([...argv, name].some(hasNul)) return { refused: 'nul byte found in provided data' };
  if (environment.some(([key, value]) => hasNul(key) || hasNul(value))) {
    return { refused: 'data provided contains a nul byte' };
  }
  const path = environment.findLast(([key]) => key === 'PATH')?.[1];
  const program = resolveProgram(argv[0]!, directory, path, stdio === 'terminal');
  if ('failure' in program) return { refused: program.failure.message };
  return { launch: { file: program.file, argv: [name, ...argv.slice(1)], environment, directory, stdio } };
}

const hasNul = (text: string): boolean => text.includes('\0');
