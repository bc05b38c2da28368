/** An error with everything that led to it, for people. */
import { printable } from './log-line.js';
import { osErrorText } from './os-error.js';

/**
 * `Error: TEXT`, and below it `Caused by:` with the texts of its causes, numbered where there are several; ends with a line end.
 * The text itself may have several lines. Source: how 0.169.0 ends.
 */
export function causeChain(error: unknown): string {
  const text = error instanceof Error ? ownText(error) : String(error);
  const causes = causesOf(error);
  if (causes.length === 0) return `Error: ${text}\n`;
  const isOne = causes.length === 1;
  const lines = causes.map((cause, at) => `    ${isOne ? '' : `${at}: `}${printable(ownText(cause))}\n`);
  return `Error: ${text}\n\nCaused by:\n${lines.join('')}`;
}

/** No deeper than anybody reads. */
const CAUSES = 10;

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let at = error; causes.length < CAUSES; ) {
    const cause = at instanceof Error ? at.cause : undefined;
    if (!(cause instanceof Error)) break;
    causes.push(cause);
    at = cause;
  }
  return causes;
}

/** In the words of the system where it is the system's. */
function ownText(error: Error): string {
  // One for each address that was tried.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return ownText(error.errors[0]);
  const { errno, code, syscall } = error as NodeJS.ErrnoException;
  // Numbers that only libuv has.
  if (syscall === 'getaddrinfo') return `failed to lookup address information: ${code}`;
  return errno === undefined ? error.message : osErrorText(Math.abs(errno));
}
