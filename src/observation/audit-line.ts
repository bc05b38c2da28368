import type { RequestAnswered } from './executor-event.js';

/**
 * One operation as a line of the audit file, without its end. Members always in this order; null where there is none.
 *
 *   {"time":"2026-01-31T12:00:00.000Z","session":"...","connection":1,"method":"process/start","argvSha256":"...",
 *    "policySha256":"...","outcome":"ok","bytesIn":190,"bytesOut":58,"ms":3.201}
 *
 *   time          of its answer
 *   argvSha256    of argv as JSON, in hex, so that whoever knows a command can look for it
 *   policySha256  of the sandbox that it asks for, likewise
 *   outcome       `ok` or the code of the error
 *   ms            from the arrival of the request to its answer
 */
export const auditLine = (operation: RequestAnswered, time: Date): string =>
  JSON.stringify({
    time,
    session: operation.session ?? null,
    connection: operation.connection,
    method: operation.method,
    argvSha256: operation.argvDigest ?? null,
    policySha256: operation.policyDigest ?? null,
    outcome: operation.outcome,
    bytesIn: operation.bytesIn,
    bytesOut: operation.bytesOut,
    ms: Math.round(operation.ms * 1000) / 1000,
  });
