/** What http/request answers instead of an answer. Source: 0.169.0, probed. No text has a header's value in it, or a user and password. */
import { shortened } from '../protocol/decode-text.js';
import { internalError, invalidParams, invalidRequest } from '../protocol/errors.js';

// ---- the request is none: nothing was sent --------------------------------------------------------

export const invalidMethod = () => invalidParams('http/request method is invalid: invalid HTTP method');
export const invalidUrl = (fault: string) => invalidParams(`http/request url is invalid: ${fault}`);
export const unsupportedScheme = (scheme: string) =>
  invalidParams(`http/request only supports http and https URLs, got ${shortened(scheme)}`);
export const invalidHeaderName = () => invalidParams('http/request header name is invalid: invalid HTTP header name');
export const invalidHeaderValue = (name: string) =>
  invalidParams(`http/request header value is invalid for ${shortened(name)}: failed to parse header value`);
export const variableProtected = (header: string, variable: string) =>
  invalidParams(
    `http/request header ${shortened(header)} cannot use executor environment variable ${shortened(variable)}`,
  );
export const variableUnset = (header: string, variable: string) =>
  invalidParams(
    `http/request header ${shortened(header)} requires executor environment variable ${shortened(variable)}`,
  );
export const variableEmpty = (header: string, variable: string) =>
  invalidParams(
    `http/request header ${shortened(header)} requires a non-empty executor environment variable ${shortened(variable)}`,
  );
export const streamIdActive = (id: string) =>
  invalidParams(`http/request streamResponse requestId \`${shortened(id)}\` is already active`);
export const streamIdTooLong = (limit: number) =>
  invalidParams(`http/request streamResponse requestId must not exceed ${limit} bytes`);
export const tooManyStreams = (limit: number) =>
  invalidRequest(`at most ${limit} http/request response streams may be open per connection`);

// ---- the request failed ------------------------------------------------------------------------------

const failed = (reason: string, cause?: unknown) => internalError(`http/request failed: ${reason}`, cause);

/** `url` has no user and password. */
export const notSent = (url: URL, cause: unknown) =>
  failed(`error sending request for url (${shortened(url.href)})`, cause);
export const urlTooLong = (url: URL) => failed(`builder error for url (${shortened(url.href)})`);
export const noTime = () => failed('route-aware request timed out');
export const tooManyRedirects = () => failed('too many redirects');
export const redirectScheme = (scheme: string) =>
  failed(`redirect target uses unsupported URL scheme: ${shortened(scheme)}`);
export const unsupportedProxy = (scheme: string) => failed(`proxies of scheme ${scheme} are not supported`);

const CERTIFICATE_HINT =
  'If you set CODEX_CA_CERTIFICATE or SSL_CERT_FILE, ensure it points to a PEM file containing one or more CERTIFICATE blocks, or unset it to use system roots.';
export const certificatesUnreadable = (path: string, variable: string, fault: string, cause: unknown) =>
  failed(`Failed to read CA certificate file ${path} selected by ${variable}: ${fault}. ${CERTIFICATE_HINT}`, cause);
export const certificatesInvalid = (path: string, variable: string) =>
  failed(
    `Failed to load CA certificates from ${path} selected by ${variable}: no certificates found in PEM file. ${CERTIFICATE_HINT}`,
  );

// ---- the answer came, and not to its end -------------------------------------------------------------

/** How a streamed body says so. */
export const BODY_CUT_OFF = 'error decoding response body';
export const bodyCutOff = (cause: unknown) =>
  internalError(`failed to read http/request response body: ${BODY_CUT_OFF}`, cause);
export const bodyTooLarge = (limit: number) =>
  invalidRequest(`http/request response body is too large to be sent whole: limit is ${limit} bytes`);
