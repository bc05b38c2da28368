import { STATUS_CODES } from 'node:http';

/** Where Node has other words than the reference, or words for what is not registered. */
const OTHERS: Readonly<Record<number, string | undefined>> = { 418: "I'm a teapot", 509: undefined };

/** A status as the reference writes it: `404 Not Found`. */
export function statusText(status: number): string {
  const reason = status in OTHERS ? OTHERS[status] : STATUS_CODES[status];
  return `${status} ${reason ?? '<unknown status code>'}`;
}
