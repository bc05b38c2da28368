import * as errors from '#src/protocol/errors.js';

/** Codes that stand for something on this side of a link, and are never sent. */
const NEVER_SENT: readonly number[] = [errors.PARSE_ERROR_ID, errors.TRANSPORT_CLOSED];

/** Every code that an answer may have: those of errors.ts, where the specification's are. */
export const CODES: ReadonlySet<number> = new Set(
  Object.values(errors).flatMap((one) => (typeof one === 'number' && !NEVER_SENT.includes(one) ? [one] : [])),
);

/** What a handler says that failed as nobody has foreseen. */
export const UNFORESEEN = 'internal error';
