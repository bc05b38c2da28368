/** initialize: the first request of a connection. Source: 0.169.0. */
import type * as v from 'valibot';
import { environmentInfo } from './environment.js';
import { defaulted, nullable, sessionId, string } from './fields.js';
import { struct } from './struct.js';

export const initializeParams = struct('InitializeParams', {
  clientName: string,
  resumeSessionId: defaulted(nullable(sessionId), null),
});
export type InitializeParams = v.InferOutput<typeof initializeParams>;

/** `sessionId` null: a very old server, whose sessions cannot be resumed. `environmentInfo` null: ask environment/info. */
export const initializeResult = struct('InitializeResponse', {
  sessionId: nullable(sessionId),
  environmentInfo: nullable(environmentInfo),
});
export type InitializeResult = v.InferOutput<typeof initializeResult>;
