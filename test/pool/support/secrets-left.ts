const PUBLIC = ['x25519', 'mlkem768', 'handshakeHash', 'message', 'authorization'];

/** All that is secret in key pairs, states and keys of handshakes. */
export function secretsOf(value: object): Uint8Array[] {
  return Object.entries(value).flatMap(([name, part]) => {
    if (part instanceof Uint8Array) return PUBLIC.includes(name) ? [] : [part];
    return typeof part === 'object' && part !== null ? secretsOf(part) : [];
  });
}

export const isWiped = (value: object): boolean =>
  secretsOf(value).every((secret) => secret.every((byte) => byte === 0));
