/** Why a text is no URL, in the words of the reference's parser; Node's only says that it is none. Source: 0.169.0, probed. */
export function urlFault(text: string): string {
  const [, authority] = /^[\0- ]*[a-z][a-z0-9+.-]*:[\\/]*([^\\/?#]*)/i.exec(text.replace(/[\t\n\r]/g, '')) ?? [];
  if (authority === undefined) return 'relative URL without a base';
  const [, host = '', port] = /^(?:.*@)?(\[[^\]]*\]?|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === '') return 'empty host';
  const validPort = port === undefined || (/^\d*$/.test(port) && Number(port) < 0x10000);
  return validPort ? hostFault(host) : 'invalid port number';
}

/** Why a text is no host. */
export function hostFault(host: string): string {
  if (host.startsWith('[')) return 'invalid IPv6 address';
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host) ? 'invalid IPv4 address' : 'invalid international domain name';
}
