/**
 * Reads the blocks of one open file, and, for a reader that goes through it block by block, the next one before it is
 * asked for: the worker reads while the block before is still on its way.
 *
 *   main    ask 0 ── reply 0 ── ask 1: it is there ── reply 1 ── ask 2 ── ...
 *   worker     read 0 │ read 1 (ahead)             │ read 2 (ahead)
 */
import type { BlockSlot, BlockSlots } from '../pool/block-slots.js';
import type { FileTasks } from '../pool/file-calls.js';
import type { FilePool } from '../pool/file-pool.js';
import type { ReadyReply } from '../rpc/handlers.js';
import type { Descriptor } from './descriptor.js';
import { isUnchanged } from './file-stamp.js';
import type { Promptness } from './promptness.js';
import { type Block, FRESH, follow, isSame, nextBlock, type ReadPattern } from './read-pattern.js';
import type { Turns } from './turns.js';

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

interface Ahead {
  readonly block: Block;
  /** Undefined when the block could not be read, or would have gone stale without a trace. */
  readonly filled: Promise<Filled | undefined>;
  /** Gives its place among those read ahead to another. */
  readonly release: () => void;
}

export class BlockReader {
  readonly #file: Descriptor;
  readonly #share: ReaderShare;
  #pattern: ReadPattern = FRESH;
  #underWay = 0;
  #ahead: Ahead | undefined;

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
      if (!eof && stamp.trusted && this.#underWay === 1) this.#readAhead();
      const sent = () => {
        this.#share.slots.give(slot);
        giveTurn();
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

  /** Begins to read the block that is expected next, if that holds up nobody. */
  #readAhead(): void {
    const block = nextBlock(this.#pattern);
    if (block === undefined || this.#ahead !== undefined || !this.#file.isOpen) return;
    const release = this.#share.ahead.takeNow();
    const giveTurn = release && this.#share.turns.takeNow();
    const slot = giveTurn && this.#share.slots.takeAhead();
    if (slot === undefined) {
      giveTurn?.();
      release?.();
      return;
    }
    const filled = this.#fill(block, slot)
      .catch(() => undefined)
      .finally(giveTurn);
    this.#ahead = { block, filled, release: release! };
  }

  /** What was read ahead, if it is this block; another one was read in vain. */
  #takeAhead(block: Block): Ahead | undefined {
    const ahead = this.#ahead;
    if (ahead === undefined || !isSame(ahead.block, block)) {
      this.#dropAhead();
      return undefined;
    }
    this.#ahead = undefined;
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
    return isUnchanged(
      stamp,
      promptness.time(() => this.#file.stats()),
    );
  }

  #dropAhead(): void {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    ahead?.release();
    void ahead?.filled.then((filled) => filled && this.#share.slots.give(filled.slot));
  }
}
