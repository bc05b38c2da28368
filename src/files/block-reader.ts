/**
 * Reads the blocks of one open file, and, for a reader that goes through it block by block, the next ones before they are
 * asked for: when a block has left, the worker begins with the one behind the next, and the next is there already.
 *
 *   main      reply 0 ──► │ ask 1, reply 1 ──► │ ask 2, reply 2 ──► │
 *   workers               │ read 1, read 2     │ read 3             │ read 4
 */
import type { BlockSlot, BlockSlots } from '../pool/block-slots.js';
import type { FileTasks } from '../pool/file-calls.js';
import type { FilePool } from '../pool/file-pool.js';
import type { ReadyReply } from '../rpc/handlers.js';
import type { Turns } from '../rpc/turns.js';
import type { Descriptor } from './descriptor.js';
import { isUnchanged } from './file-stamp.js';
import type { Promptness } from './promptness.js';
import {
  type Block,
  blockBehind,
  FRESH,
  follow,
  isSame,
  lastInRow,
  type PlainBlock,
  type ReadPattern,
} from './read-pattern.js';

/** What the readers of one connection share. */
export interface ReaderShare {
  readonly pool: Pick<FilePool, 'run'>;
  readonly slots: BlockSlots;
  /** Of everything that workers do for the connection. */
  readonly turns: Turns;
  /** Blocks read ahead, from their reading until they are used or given up. */
  readonly ahead: Turns;
  readonly promptness: Promptness;
}

type Filled = FileTasks['readBlock']['result'] & { readonly slot: BlockSlot };

/** Blocks of one file read ahead. With a single one main waits for the worker now and then: a fifth slower. Source: our measurements. */
const BLOCKS_AHEAD_OF_READER = 2;

interface Ahead {
  readonly block: PlainBlock;
  /** Undefined when it could not be read: whoever asks for it finds out why. */
  readonly filled: Promise<Filled | undefined>;
  /** Gives its place among those read ahead to another. */
  readonly release: () => void;
}

export class BlockReader {
  readonly #file: Descriptor;
  readonly #share: ReaderShare;
  #pattern: ReadPattern = FRESH;
  #underWay = 0;
  /** In the order of the file. */
  readonly #ahead: Ahead[] = [];

  constructor(file: Descriptor, share: ReaderShare) {
    this.#file = file;
    this.#share = share;
  }

  /** The answer to fs/readBlock; its memory, and the turn, are in use until it has been sent. Errors: `RpcError`, as the worker says. */
  async read(block: Block): Promise<ReadyReply> {
    this.#pattern = follow(this.#pattern, block);
    const ahead = this.#takeAhead(block);
    this.#underWay++;
    const giveTurn = await this.#share.turns.take();
    try {
      const { slot, start, end, eof, stamp } = (await this.#unchanged(ahead)) ?? (await this.#fill(block));
      const sent = () => {
        this.#share.slots.give(slot);
        giveTurn();
        if (!eof && stamp.trusted && this.#underWay === 0) this.#readAhead(stamp.size);
      };
      return { memory: slot.bytes, start, end, sent };
    } catch (error) {
      giveTurn();
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  /** Nothing is asked for any more. */
  end(): void {
    this.#dropAhead();
  }

  async #fill(block: Block, slot = this.#share.slots.take()): Promise<Filled> {
    try {
      const task = { ...block, slot: slot.memory };
      const result = await this.#file.use((fd) => this.#share.pool.run('readBlock', { ...task, fd }));
      return { ...result, slot };
    } catch (error) {
      this.#share.slots.give(slot);
      throw error;
    }
  }

  /** Begins to read what is expected next, as far as that holds up nobody. */
  #readAhead(fileSize: number): void {
    let block = this.#ahead.at(-1)?.block ?? lastInRow(this.#pattern);
    while (block !== undefined && this.#ahead.length < BLOCKS_AHEAD_OF_READER && this.#file.isOpen) {
      block = blockBehind(block);
      if (block.offset >= fileSize || !this.#begin(block)) return;
    }
  }

  /** False when there is no room. */
  #begin(block: PlainBlock): boolean {
    const { ahead, turns, slots } = this.#share;
    const release = ahead.takeNow();
    const giveTurn = release && turns.takeNow();
    const slot = giveTurn && slots.takeAhead();
    if (slot === undefined) {
      giveTurn?.();
      release?.();
      return false;
    }
    const filled = this.#fill(block, slot)
      .catch(() => undefined)
      .finally(giveTurn);
    this.#ahead.push({ block, filled, release: release! });
    return true;
  }

  /** What was read ahead, if it begins with this block; anything else was read in vain. */
  #takeAhead(block: Block): Ahead | undefined {
    const [ahead] = this.#ahead;
    if (ahead === undefined || !isSame(ahead.block, block)) {
      this.#dropAhead();
      return undefined;
    }
    this.#ahead.shift();
    ahead.release();
    return ahead;
  }

  /** The block read ahead, if the file still holds the same. */
  async #unchanged(ahead: Ahead | undefined): Promise<Filled | undefined> {
    const filled = await ahead?.filled;
    if (filled === undefined || this.#isUnchanged(filled)) return filled;
    this.#share.slots.give(filled.slot);
    return undefined;
  }

  #isUnchanged({ stamp }: Filled): boolean {
    const { promptness } = this.#share;
    if (!stamp.trusted || !this.#file.isOpen || !promptness.allows()) return false;
    try {
      const stats = promptness.time(() => this.#file.stats());
      return isUnchanged(stamp, stats);
    } catch {
      // Reading it again will tell.
      return false;
    }
  }

  #dropAhead(): void {
    for (const { filled, release } of this.#ahead.splice(0)) {
      release();
      void filled.then((block) => block && this.#share.slots.give(block.slot));
    }
  }
}
