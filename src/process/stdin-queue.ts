/** Drives the stdin ledger of one process: answers each write when the ledger says so. */
import { stdinFull, stdinGone } from '../protocol/errors.js';
import type { WriteId } from '../protocol/ids.js';
import type { WriteStatus } from '../protocol/process.js';
import { type StdinEffect, StdinLedger } from './stdin-ledger.js';

interface Offer {
  readonly accepted: () => void;
  readonly refused: (error: Error) => void;
}

export class StdinQueue {
  readonly #ledger = new StdinLedger<Offer>();
  readonly #send: (bytes: Uint8Array) => void;

  /** `send` hands bytes to the worker, which reports each chunk as taken. */
  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /**
   * Resolves when the chunk has its place in the queue. A write whose `gone` is aborted before that was never made, and its
   * promise stays open.
   * Errors: -32603 when the process was terminated, or when too much waits already.
   */
  write(writeId: WriteId, bytes: Uint8Array, gone: AbortSignal): Promise<WriteStatus> {
    return new Promise((resolve, reject) => {
      if (gone.aborted) return;
      const withdraw = () => this.#ledger.withdraw(offer);
      const answered = () => gone.removeEventListener('abort', withdraw);
      const offer: Offer = {
        accepted: () => {
          answered();
          resolve('accepted');
        },
        refused: (error) => {
          answered();
          reject(error);
        },
      };
      gone.addEventListener('abort', withdraw);
      this.#carryOut(this.#ledger.offer(writeId, bytes, offer));
    });
  }

  taken(writes: number): void {
    this.#carryOut(this.#ledger.taken(writes));
  }

  exited(): void {
    this.#carryOut(this.#ledger.exited());
  }

  terminated(): void {
    this.#carryOut(this.#ledger.terminated());
  }

  #carryOut(effects: readonly StdinEffect<Offer>[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'write':
          this.#send(effect.bytes);
          break;
        case 'accept':
          effect.offer.accepted();
          break;
        case 'refuse':
          effect.offer.refused(stdinGone());
          break;
        case 'turnAway':
          effect.offer.refused(stdinFull());
          break;
        default:
          effect satisfies never;
      }
    }
  }
}
