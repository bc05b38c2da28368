import type { ReadFacts } from './read-placement.js';

interface ReadUnderWay {
  readonly afterSeq: number;
  /** The last number known when it was asked: its answer tells at least of everything up to here. */
  readonly covers: number;
  readonly facts: Promise<ReadFacts>;
}

/** Reads of one process of which readers left behind at the same time need only one. */
export class SharedRead {
  readonly #read: (afterSeq: number) => Promise<ReadFacts>;
  #underWay: ReadUnderWay | undefined;

  constructor(read: (afterSeq: number) => Promise<ReadFacts>) {
    this.#read = read;
  }

  /** What the executor keeps above `afterSeq` (or more), from a moment at which it knew of number `known`. */
  ask(afterSeq: number, known: number): Promise<ReadFacts> {
    const current = this.#underWay;
    if (current !== undefined && current.afterSeq <= afterSeq && current.covers > afterSeq) return current.facts;
    const facts = this.#read(afterSeq);
    const read = { afterSeq, covers: known, facts };
    this.#underWay = read;
    const forget = () => {
      if (this.#underWay === read) this.#underWay = undefined;
    };
    facts.then(forget, forget);
    return facts;
  }
}
