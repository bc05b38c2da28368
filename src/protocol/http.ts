/** http/request: a request made by the executor, its answer whole or in pieces. Source: 0.169.0. */
import type * as v from 'valibot';
import { amount, base64, boolean, defaulted, keptName, list, nullable, oneOf, string, u16 } from './fields.js';
import { struct } from './struct.js';

/** With `valueEnvVar` the value is `value` followed by that variable of the executor's environment. */
const requestHeader = struct('HttpHeader', {
  name: string,
  value: string,
  valueEnvVar: defaulted(nullable(string), null),
});

/** Null `timeoutMs`: no limit; otherwise it covers the whole exchange, the streamed body too. */
export const httpRequestParams = struct('HttpRequestParams', {
  method: string,
  url: string,
  headers: defaulted(list(requestHeader), []),
  bodyBase64: defaulted(nullable(base64), null),
  timeoutMs: defaulted(nullable(amount), null),
  redirectPolicy: defaulted(oneOf('follow', 'stop'), 'follow'),
  requestId: keptName,
  streamResponse: defaulted(boolean, false),
});
export type HttpRequestParams = v.InferOutput<typeof httpRequestParams>;

/** `bodyBase64` is empty when the body is streamed. */
export const httpRequestResult = struct('HttpRequestResponse', {
  status: u16,
  headers: list(struct('HttpHeader', { name: string, value: string })),
  bodyBase64: base64,
});
export type HttpRequestResult = v.InferOutput<typeof httpRequestResult>;

/** http/request/bodyDelta: numbered from 1; the last is empty, `done`, and carries the error if there was one. */
export const bodyDelta = struct('HttpRequestBodyDeltaNotification', {
  requestId: keptName,
  seq: amount,
  deltaBase64: base64,
  done: defaulted(boolean, false),
  error: nullable(string),
});
export type BodyDelta = v.InferOutput<typeof bodyDelta>;
