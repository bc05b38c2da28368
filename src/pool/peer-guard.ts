/**
 * Keeps sandboxes away from the listener of this executor. With network access they share its loopback interface, and a peer may
 * start processes without any sandbox: where no token is asked for, a sandbox that connects has left its bounds.
 */
import { HELD_CONNECTIONS, REQUEST_PATIENCE_MS } from '../protocol/limits.js';
import type { Admit, ConnectionEnds } from '../transport/admission.js';
import type { NetworkSandboxes } from './network-sandboxes.js';

export interface PeerGuardOptions {
  readonly sandboxes: Pick<NetworkSandboxes, 'mayConnect'>;
  /** Whose the connections are, in their order: true where it is no sandbox. It costs some 10 ms, however many there are. */
  readonly judge: (connections: readonly ConnectionEnds[]) => Promise<readonly boolean[]>;
}

interface Held {
  readonly ends: ConnectionEnds;
  readonly settle: (isAdmitted: boolean) => void;
}

export class PeerGuard {
  readonly #options: PeerGuardOptions;
  readonly #waiting = new Set<Held>();
  #held = 0;
  #judging = false;

  constructor(options: PeerGuardOptions) {
    this.#options = options;
  }

  /**
   * At once while there is no sandbox that could connect. Else a connection is judged together with those that come meanwhile;
   * it is refused when that fails, takes REQUEST_PATIENCE_MS, or HELD_CONNECTIONS wait already.
   */
  readonly admit: Admit = (ends) => {
    if (!this.#options.sandboxes.mayConnect) return true;
    if (this.#held >= HELD_CONNECTIONS) return false;
    return this.#hold(ends);
  };

  async #hold(ends: ConnectionEnds): Promise<boolean> {
    this.#held++;
    let patience: NodeJS.Timeout | undefined;
    let held: Held | undefined;
    const verdict = new Promise<boolean>((settle) => {
      patience = setTimeout(settle, REQUEST_PATIENCE_MS, false);
      held = { ends, settle };
      this.#waiting.add(held);
      void this.#judgeWaiting();
    });
    try {
      return await verdict;
    } finally {
      clearTimeout(patience);
      this.#waiting.delete(held!);
      this.#held--;
    }
  }

  /** One look at a time, and none that began before a connection was there. */
  async #judgeWaiting(): Promise<void> {
    if (this.#judging) return;
    this.#judging = true;
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      this.#waiting.clear();
      const verdicts = await this.#options.judge(batch.map(({ ends }) => ends)).catch(() => []);
      for (const [index, { settle }] of batch.entries()) settle(verdicts[index] === true);
    }
    this.#judging = false;
  }
}
