/**
 * Overwrites secrets that are no longer needed. What lies in an array of bytes cannot be optimised away.
 * Out of reach: copies inside the libraries that computed with them.
 */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** Secrets that live as long as one step: `using secrets = new Secrets()`. They are overwritten when it ends, by return or by throw. */
export class Secrets implements Disposable {
  readonly #kept: Uint8Array[] = [];

  /** Gives back the first. */
  keep(secret: Uint8Array, ...others: readonly Uint8Array[]): Uint8Array {
    this.#kept.push(secret, ...others);
    return secret;
  }

  [Symbol.dispose](): void {
    wipe(...this.#kept);
  }
}
