/** What came of looking for bubblewrap. Plain data. */
import type { Bubblewrap } from './bubblewrap.js';

export type Finding =
  | { readonly is: 'available'; readonly bubblewrap: Bubblewrap }
  | ({ readonly is: 'unavailable' } & Lack);

/** Why there is no sandbox, for people: each a clause without a full stop. */
export interface Lack {
  readonly problem: string;
  /** What the owner of the machine can do; undefined when we do not know. */
  readonly remedy: string | undefined;
}

export const unavailable = (problem: string, remedy?: string): Finding => ({ is: 'unavailable', problem, remedy });

export const lackText = ({ problem, remedy }: Lack): string =>
  remedy === undefined ? problem : `${problem}; ${remedy}`;

/** What the operator of an executor should know, one line each. */
export function warnings(finding: Finding): readonly string[] {
  if (finding.is === 'unavailable') {
    return [`commands that ask for a sandbox are refused, for there is none here: ${lackText(finding)}`];
  }
  if (finding.bubblewrap.ownProcesses) return [];
  return ['sandboxed commands see the processes of this machine: the system allows a sandbox no /proc of its own'];
}
