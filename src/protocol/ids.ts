/** Names and numbers that must not be mixed up: each has its own type, and is made in one place only, here or by its schema. */
import type { Brand } from 'valibot';

type Branded<Base, Kind extends string> = Base & Brand<Kind>;

/** A process in its session; chosen by the client, any string. */
export type ProcessId = Branded<string, 'ProcessId'>;
/** A session, as named by the server's answer to `initialize`. */
export type SessionId = Branded<string, 'SessionId'>;
/** One write to a process's input, so that a repeated write is known; any non-empty string. */
export type WriteId = Branded<string, 'WriteId'>;
/** Place of an event in its process: 1, 2, 3, ... */
export type Seq = Branded<number, 'Seq'>;
/** A `file:` URI in canonical spelling; see path-uri.ts. */
export type FileUri = Branded<string, 'FileUri'>;

/** What a peer may use to name a request. Numbers are integers of 64 signed bits; bigint stands for those beyond 2^53. */
export type RequestId = string | number | bigint;

export const asProcessId = (text: string) => text as ProcessId;
export const asSessionId = (text: string) => text as SessionId;
export const asWriteId = (text: string) => text as WriteId;
export const asSeq = (number: number) => number as Seq;
