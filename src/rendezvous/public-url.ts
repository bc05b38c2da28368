/** How the ends reach this relay. */
export interface PublicUrl {
  /** What stands before the path of a link. */
  readonly linkBase: string;
  /** Path of the address, without a slash at its end; often empty. */
  readonly prefix: string;
}

/** Takes `http://HOST[:PORT][/PATH]`, or https. Undefined for anything else, a query or a name of a user too. */
export function parsePublicUrl(text: string): PublicUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || /[?#]/.test(text)) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  const prefix = url.pathname.replace(/\/+$/, '');
  return { linkBase: `${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${prefix}`, prefix };
}
