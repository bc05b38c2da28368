/** A request as it goes out: what the peer asked for, checked, with the values filled in that only the executor has. */
import type { HttpRequestParams } from '../protocol/http.js';
import { HTTP_HEADER_NAME_BYTES, HTTP_URL_BYTES } from '../protocol/limits.js';
import { urlFault } from '../protocol/url-fault.js';
import { basicAuthorization } from './basic-authorization.js';
import {
  invalidHeaderName,
  invalidHeaderValue,
  invalidMethod,
  invalidUrl,
  unsupportedScheme,
  urlTooLong,
} from './errors.js';
import { type Environment, variableValue } from './header-variables.js';

export interface OutgoingRequest {
  /** Case kept. */
  readonly method: string;
  /** http or https, without user and password. */
  readonly url: URL;
  /** In the order given. */
  readonly headers: readonly OutgoingHeader[];
  /** Undefined for none; never empty. */
  readonly body: Buffer | undefined;
}

export interface OutgoingHeader {
  /** Lower case. */
  readonly name: string;
  /** One character for each byte, which is how Node takes bytes. */
  readonly value: string;
  /** Completed from the executor's environment: meant for the origin that the peer named, and for no other. */
  readonly fromEnvironment: boolean;
}

/** Errors: as for 0.169.0, in its order of checks: method, URL, then header by header. */
export function planRequest(params: HttpRequestParams, environment: Environment): OutgoingRequest {
  if (!TOKEN.test(params.method)) throw invalidMethod();
  const { url, authorization } = planUrl(params.url);
  const headers = params.headers.map((header) => planHeader(header, environment));
  const signsIn = authorization !== undefined && !headers.some(({ name }) => name === 'authorization');
  return {
    method: params.method,
    url,
    headers: signsIn ? [{ name: 'authorization', value: authorization, fromEnvironment: false }, ...headers] : headers,
    body: params.bodyBase64?.length ? params.bodyBase64 : undefined,
  };
}

/** Of a method and of a header's name. Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No control characters but tabs. Source: RFC 9110, section 5.5. */
const VALUE = /^[\t -~\u{80}-\u{10ffff}]*$/u;

export const isHttp = ({ protocol }: URL) => protocol === 'http:' || protocol === 'https:';

/** User and password of the URL are told in a header, and nowhere else. */
function planUrl(text: string): { url: URL; authorization: string | undefined } {
  if (!URL.canParse(text)) throw invalidUrl(urlFault(text));
  const url = new URL(text);
  if (!isHttp(url)) throw unsupportedScheme(url.protocol.slice(0, -1));
  const authorization = basicAuthorization(url);
  url.username = '';
  url.password = '';
  if (url.href.length > HTTP_URL_BYTES) throw urlTooLong(url);
  return { url, authorization };
}

function planHeader(
  { name, value, valueEnvVar }: HttpRequestParams['headers'][number],
  environment: Environment,
): OutgoingHeader {
  if (!TOKEN.test(name) || name.length > HTTP_HEADER_NAME_BYTES) throw invalidHeaderName();
  const whole = valueEnvVar === null ? value : value + variableValue(name, valueEnvVar, environment);
  if (!VALUE.test(whole)) throw invalidHeaderValue(name);
  return {
    name: name.toLowerCase(),
    value: Buffer.from(whole).toString('latin1'),
    fromEnvironment: valueEnvVar !== null,
  };
}
