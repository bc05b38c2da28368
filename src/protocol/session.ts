/** initialize: the first request of a connection. Source: 0.169.0. */
import type * as v from 'valibot';
import { environmentInfo } from './environment.js';
import { defaulted, list, nullable, sessionId, string } from './fields.js';
import { extendedStruct, struct } from './struct.js';

/**
 * Ours: `extensions`, what this peer wants to be told on this connection beyond 0.169.0. There is one, see PROCESS_END in
 * process-end.ts; names that are not known are ignored, and so is the member by an older server.
 */
export const initializeParams = extendedStruct(
  struct('InitializeParams', { clientName: string, resumeSessionId: defaulted(nullable(sessionId), null) }),
  { extensions: list(string) },
);
export type InitializeParams = v.InferOutput<typeof initializeParams>;

/** `sessionId` null: a very old server, whose sessions cannot be resumed. `environmentInfo` null: ask environment/info. */
export const initializeResult = struct('InitializeResponse', {
  sessionId: nullable(sessionId),
  environmentInfo: nullable(environmentInfo),
});
export type InitializeResult = v.InferOutput<typeof initializeResult>;
