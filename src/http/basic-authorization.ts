/** User and password of a URL as the value of a header, or undefined if it has none. Source: RFC 7617. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`, 'latin1').toString('base64')}`;
}

/** One character for each byte. In a URL that was parsed there is nothing but ASCII; what is no escape stays as it is. */
const percentDecoded = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
