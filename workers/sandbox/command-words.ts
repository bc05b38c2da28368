/** What stands on the command lines of a sandbox: before bubblewrap, among its options, and behind its `--`. */
import type { Bubblewrap } from '#src/bubblewrap/bubblewrap.js';
import { invalidParams } from '#src/protocol/errors.js';

export interface Command {
  /** Never empty. */
  readonly argv: readonly string[];
  /** argv[0] as the program sees it, when it differs. */
  readonly arg0: string | null;
  /** It is not to leave the session that bubblewrap is started in, unless that would end bubblewrap with it. */
  readonly keepsSession: boolean;
}

export interface CommandWords {
  /** Starts bubblewrap; empty when nothing need be done before. */
  readonly before: readonly string[];
  /** Options of bubblewrap besides those of the plan. */
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** The command stays in the session, and bubblewrap outlives what interrupts it. */
  readonly keepsSession: boolean;
}

/** Ctrl-C, Ctrl-\ and Ctrl-Z: for the command on the terminal, which gets them at their defaults, and not for bubblewrap. */
const KEYS = 'INT,QUIT,TSTP';

/**
 * `readable` is asked for the path without links of a program of the host that the sandbox can read too, if it can.
 * A program whose name has a `=` would be a variable to `env`: it does not stay, and on a terminal it gets no job control.
 * Errors: -32602 for an arg0 that nothing can set.
 */
export function commandWords(
  { argv, arg0, keepsSession }: Command,
  { takesArg0, signalEnv }: Bubblewrap,
  readable: (program: string) => string | undefined,
): CommandWords {
  const named = arg0 !== null && arg0 !== argv[0];
  const innerEnv = keepsSession && signalEnv !== undefined ? readable(signalEnv) : undefined;
  if (signalEnv !== undefined && innerEnv !== undefined) {
    const command = named ? throughShell(argv, arg0, readable) : argv;
    if (command !== undefined && !command[0]!.includes('=')) {
      return {
        before: [signalEnv, `--ignore-signal=${KEYS}`],
        options: [],
        command: [innerEnv, `--default-signal=${KEYS}`, '--', ...command],
        keepsSession: true,
      };
    }
  }
  const alone = { before: [], keepsSession: false };
  if (!named) return { ...alone, options: [], command: argv };
  if (takesArg0) return { ...alone, options: ['--argv0', arg0], command: argv };
  const command = throughShell(argv, arg0, readable);
  if (command === undefined) throw arg0Unsupported();
  return { ...alone, options: [], command };
}

/**
 * The program becomes what the shell was, so its exit and its signals are its own. Privileged, the shell does not run what BASH_ENV
 * names. Undefined where the sandbox has no such shell.
 */
function throughShell(
  argv: readonly string[],
  arg0: string,
  readable: (program: string) => string | undefined,
): readonly string[] | undefined {
  const bash = readable(BASH);
  return bash === undefined ? undefined : [bash, '-pc', 'exec -a "$0" -- "$@"', arg0, ...argv];
}
const BASH = '/bin/bash';

const arg0Unsupported = () =>
  invalidParams(
    '`arg0` cannot be set in this sandbox: it needs bubblewrap 0.9 or later, or a policy that lets bash be read',
  );
