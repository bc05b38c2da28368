import { createHmac } from 'node:crypto';

/** A JWT over any bytes; objects are sent as JSON. */
export function signJwt(secret: string, claims: object | string | Buffer, header: object | string = { alg: 'HS256' }) {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function part(content: object | string | Buffer): string {
  const bytes = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  return Buffer.from(bytes as string).toString('base64url');
}
