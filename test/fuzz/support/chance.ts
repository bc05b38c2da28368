/** What one case decides by its seed. */
export class Chance {
  readonly below: (bound: number) => number;

  /** `below`: whole numbers from 0 to below a bound. */
  constructor(below: (bound: number) => number) {
    this.below = below;
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** From `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  times<T>(count: number, make: (number: number) => T): T[] {
    return Array.from({ length: count }, (_, number) => make(number));
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.below(256);
    return bytes;
  }

  /** Small numbers, those at the edges of 8, 16 and 32 bits, and any others of 32. */
  u32(): number {
    if (this.oneIn(2)) return this.below(70);
    return this.oneIn(2) ? this.pick(EDGES) : this.below(2 ** 32);
  }
}

const EDGES = [0, 1, 127, 128, 255, 256, 16_383, 16_384, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
