/**
 * Which proxy carries a request, as the executor's environment says.
 * Source: 0.169.0, probed; but `*` in NO_PROXY means every host, which there leaves out addresses.
 */
import { BlockList, isIP } from 'node:net';
import { basicAuthorization } from './basic-authorization.js';
import { unsupportedProxy } from './errors.js';
import type { Environment } from './header-variables.js';

export interface HttpProxy {
  /** http or https: how the proxy itself is spoken to. Without user and password. */
  readonly url: URL;
  /** Value of the header by which we sign in at the proxy. */
  readonly authorization: string | undefined;
}

/** Undefined: the request goes straight to its host. Errors: a proxy is set that we cannot speak to. */
export function proxyFor(url: URL, environment: Environment): HttpProxy | undefined {
  const text = proxySetting(url, environment);
  if (text === undefined || isExempt(url.hostname, setting(environment, 'NO_PROXY') ?? '')) return undefined;
  return parseProxy(text);
}

function proxySetting({ protocol }: URL, environment: Environment): string | undefined {
  const own = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  // A CGI program finds the header `Proxy` of its caller in HTTP_PROXY.
  const trusted = own !== 'HTTP_PROXY' || !environment.REQUEST_METHOD;
  return (trusted ? setting(environment, own) : undefined) ?? setting(environment, 'ALL_PROXY');
}

/** In upper case or else in lower case; empty is not set. */
const setting = (environment: Environment, name: string) =>
  environment[name] || environment[name.toLowerCase()] || undefined;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/** What is no URL at all is as if it were not set. */
function parseProxy(text: string): HttpProxy | undefined {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase() ?? 'http';
  if (/^socks/.test(scheme)) throw unsupportedProxy(scheme);
  const full = SCHEME.test(text) ? text : `http://${text}`;
  if ((scheme !== 'http' && scheme !== 'https') || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  const authorization = basicAuthorization(url);
  url.username = '';
  url.password = '';
  return { url, authorization };
}

/** `list`: names, which stand for what is below them too, addresses, and networks such as 10.0.0.0/8. */
function isExempt(hostname: string, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const covers = isIP(host) === 0 ? coversName : coversAddress;
  return list.split(',').some((item) => {
    const entry = item.trim().toLowerCase();
    return entry === '*' || (entry !== '' && covers(entry, host));
  });
}

function coversName(entry: string, host: string): boolean {
  const name = entry.replace(/^\./, '');
  return host === name || host.endsWith(`.${name}`);
}

function coversAddress(entry: string, host: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || family !== isIP(host)) return false;
  const bits = family === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix ?? bits), type);
  return list.check(host, type);
}
