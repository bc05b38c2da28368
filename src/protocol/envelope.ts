/**
 * The envelope of a message: which of the four kinds it is, and who is meant. No `jsonrpc` member, in neither direction.
 * Source: 0.169.0, probed.
 */
import * as v from 'valibot';
import { anything, defaulted, nullable, plainI64, string } from './fields.js';
import type { RequestId } from './ids.js';
import { readCutJson, readJson } from './json.js';
import { JsonSyntaxError, type TextEncoding } from './json-syntax-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import { Refusal, schema } from './schema.js';
import { struct } from './struct.js';

export * from './envelope-text.js';

/** W3C trace context; never required, and not looked into. */
export interface TraceContext {
  traceparent: string | null;
  tracestate: string | null;
}

export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue | undefined;
}

export type Incoming =
  | { kind: 'request'; id: RequestId; method: string; params: JsonValue | undefined; trace: TraceContext | null }
  | { kind: 'notification'; method: string; params: JsonValue | undefined }
  | { kind: 'response'; id: RequestId; result: JsonValue }
  | { kind: 'error'; id: RequestId; error: ErrorBody };

/** A message that is none. A server answers with encodeMalformed and goes on; a client ends the link. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
  constructor(readonly detail: string) {
    super(detail);
  }
}

/** One message. Errors: MalformedMessage with the reference's words. */
export const decodeMessage = (text: string): Incoming => read(text, 'utf8');

/**
 * One large message out of its bytes, of which the long texts are left as they are. Undefined when that brings nothing or
 * does not work: then `decodeMessage` is to read its text.
 */
export function decodeLargeMessage(bytes: Uint8Array): Incoming | undefined {
  try {
    return readCutJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), classify);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

/** Why a message whose bytes are not UTF-8 is none. */
export function describeInvalidUtf8(bytes: Uint8Array): string {
  try {
    read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), 'latin1');
  } catch (error) {
    if (error instanceof MalformedMessage) return error.detail;
    throw error;
  }
  throw new TypeError('these bytes are UTF-8');
}

function read(text: string, encoding: TextEncoding): Incoming {
  try {
    return readJson(text, classify, encoding);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new MalformedMessage(error.message);
    throw error;
  }
}

// ---- the four kinds ---------------------------------------------------------------------------------

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** Beyond 64 bits the reference stumbles earlier, and says so. */
const requestId = schema<RequestId, RequestId>('requestId', (value) => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    if (value >= I64_MIN && value <= I64_MAX) return value;
    if (value < I64_MIN) return new Refusal(`invalid type: integer \`${value}\` as i128, expected any value`);
    if (value > U64_MAX) return new Refusal(`invalid type: integer \`${value}\` as u128, expected any value`);
  }
  return new Refusal('data did not match any variant of untagged enum RequestId');
});

const json = anything as v.GenericSchema<JsonValue, JsonValue>;
const traceContext = struct('W3cTraceContext', {
  traceparent: defaulted(nullable(string), null),
  tracestate: defaulted(nullable(string), null),
});

/** `params` may be anything, and are looked at when the method is known. */
const request = struct('JSONRPCRequest', { id: requestId, method: string, trace: nullable(traceContext) });
const notification = struct('JSONRPCNotification', { method: string });
const response = struct('JSONRPCResponse', { id: requestId, result: json });
const error = struct('JSONRPCError', {
  error: struct('JSONRPCErrorError', { code: plainI64, data: v.optional(json), message: string }),
  id: requestId,
});

function classify(message: JsonValue): Incoming {
  if (!isJsonObject(message)) throw new MalformedMessage('expected a JSON-RPC object');
  if (message.method !== undefined) {
    const { params } = message;
    if (message.id === undefined) return { kind: 'notification', method: shaped(notification, message).method, params };
    const { id, method, trace } = shaped(request, message);
    return { kind: 'request', id, method, params, trace };
  }
  if (message.result !== undefined) return { kind: 'response', ...shaped(response, message) };
  return { kind: 'error', ...shaped(error, message) };
}

function shaped<Output>(shape: v.GenericSchema<unknown, Output>, message: JsonObject): Output {
  const result = v.safeParse(shape, message);
  if (result.success) return result.output;
  throw new MalformedMessage(result.issues[0].message);
}
