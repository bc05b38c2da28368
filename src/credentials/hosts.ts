/** Which registries may see which kind of credential. Compared is what a browser makes of the URL: lower case, IDNA, plain IPv4. */
import { isLoopback } from '../http/loopback.js';
import { urlFault } from '../protocol/url-fault.js';
import {
  apiKeyHost,
  type CredentialError,
  chatGptTokenHost,
  endpointUrlInvalid,
  needsHttps,
  registrationUrlInvalid,
  registrationUrlWithoutHost,
} from './errors.js';

/** Nobody on the way can listen. */
export const isPrivate = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));

/** An API key: https to openai.com, openai.org and what is below them; loopback. Source: 0.169.0. Errors: CredentialError. */
export function checkApiKeyUrl(text: string): void {
  const url = parsed(text, registrationUrlInvalid);
  if (url.hostname === '') throw registrationUrlWithoutHost();
  if (!isPrivate(url) || !(isLoopback(url) || isOpenAi(url))) throw apiKeyHost();
}

const isOpenAi = ({ hostname }: URL) =>
  ['openai.com', 'openai.org'].some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));

/** Any other token: https, or loopback. 0.169.0 asks this of those from standard input only. Errors: CredentialError. */
export function checkTokenUrl(text: string): void {
  if (!isPrivate(parsed(text, endpointUrlInvalid))) throw needsHttps();
}

/** A ChatGPT token from standard input. Errors: CredentialError. */
export function checkChatGptTokenUrl(text: string): void {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '' && !trimmed.includes('#');
  if (!isPlain) throw chatGptTokenHost();
}

/** The fault is told in the reference's words and without the URL, which may have a password in it. */
function parsed(text: string, invalid: (fault: string) => CredentialError): URL {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) throw invalid(urlFault(trimmed));
  return new URL(trimmed);
}
