/** First in, first out; both ends cost the same however long it is. */
export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  get first(): T | undefined {
    return this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#first += 1;
    // What is used up is let go when it is half of all, so that each item is moved once on average.
    if (2 * this.#first >= this.#items.length) [this.#items, this.#first] = [this.#items.slice(this.#first), 0];
    return item;
  }

  /** All that is there, in order; nothing is there afterwards. */
  drain(): T[] {
    const items = this.#items.slice(this.#first);
    [this.#items, this.#first] = [[], 0];
    return items;
  }
}
