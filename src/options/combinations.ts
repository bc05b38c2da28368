/** Which flags do not go with which, and which need others. Source: 0.169.0, but for the flags that only we have. */
import { UsageError } from './usage-error.js';

const LISTEN = '--listen <URL>';
const REMOTE = '--remote <URL>';
const ENVIRONMENT = '--environment-id <ID>';
const CHATGPT_TOKEN = '--chatgpt-token-stdin';
const TOKEN_FILE = '--registry-token-file <PATH>';
const TOKEN_HOST = '--registry-token-host <HOST>';

/** Of each, one at most. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  [LISTEN, REMOTE],
  [
    '--registration-bearer-stdin',
    '--executor-credential-stdin',
    CHATGPT_TOKEN,
    '--use-agent-identity-auth',
    TOKEN_FILE,
  ],
];

/** The first of which something is missing is told, in this order. */
const NEEDS: readonly (readonly [flag: string, others: readonly string[]])[] = [
  [CHATGPT_TOKEN, [ENVIRONMENT, REMOTE]],
  ['--chatgpt-account-id <ID>', [REMOTE, ENVIRONMENT, CHATGPT_TOKEN]],
  ['--registration-bearer-stdin', [ENVIRONMENT, REMOTE]],
  ['--executor-credential-stdin', [ENVIRONMENT, REMOTE]],
  ['--use-agent-identity-auth', [ENVIRONMENT, REMOTE]],
  ['--remote-transport <REMOTE_TRANSPORT>', [ENVIRONMENT, REMOTE]],
  [TOKEN_FILE, [ENVIRONMENT, REMOTE, TOKEN_HOST]],
  [TOKEN_HOST, [ENVIRONMENT, REMOTE, TOKEN_FILE]],
  [REMOTE, [ENVIRONMENT]],
  ['--log-level <LEVEL>', ['--log-format <FORMAT>']],
];

/** `given`: in the order of the command line, each as the help writes it. Errors: UsageError. */
export function checkCombination(given: readonly string[]): void {
  for (const flag of given) {
    const others = given.filter((other) => other !== flag && areAlternatives(flag, other));
    if (others.length > 0) throw excluded(flag, others);
  }
  for (const [flag, others] of NEEDS) {
    const missing = given.includes(flag) ? others.filter((other) => !given.includes(other)) : [];
    if (missing.length > 0) throw new UsageError(`the following required arguments were not provided:${list(missing)}`);
  }
}

const areAlternatives = (one: string, other: string) =>
  ALTERNATIVES.some((flags) => flags.includes(one) && flags.includes(other));

const excluded = (flag: string, others: readonly string[]) =>
  new UsageError(
    `the argument '${flag}' cannot be used with${others.length === 1 ? ` '${others[0]}'` : `:${list(others)}`}`,
  );

const list = (flags: readonly string[]) => flags.map((flag) => `\n  ${flag}`).join('');
