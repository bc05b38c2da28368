import { WebSocket } from 'ws';

/** `toRelay`: what the end sends. `toEnd`: what it gets. */
export type Way = 'toRelay' | 'toEnd';

/** A frame that goes on, perhaps not as it came, and perhaps later: then others overtake it. */
export interface Passage {
  readonly frame: Uint8Array;
  readonly delayMs: number;
}

/** What becomes of one frame: it may be lost, or go on more than once. */
export type Fate = (frame: Buffer, way: Way) => readonly Passage[];

/** Who learns of a cut at once. The other one has a link that is open and silent. */
export type Told = 'both' | 'end' | 'relay';

export const untouched: Fate = (frame) => [{ frame, delayMs: 0 }];

/** Frames beyond this wait in the socket they come from until the other one has taken what was passed on, bytes. */
const PASSING_BYTES = 1 << 20;

/** A link of one end to the relay, in two legs with us between. */
export class ProxiedLink {
  readonly role: 'executor' | 'harness';
  /** Names the end: links of one client, and of one executor, have the same. */
  readonly key: string;
  /** Frames that have come so far, both ways. */
  frames = 0;
  fate: Fate = untouched;
  /** Told of each frame before its fate is asked for; may cut the link, and the frame is lost with it. */
  passing: (frame: Buffer, way: Way) => void = () => {};
  /** Resolves when both legs are gone. */
  readonly ended: Promise<void>;
  readonly #legs: Readonly<Record<Way, { readonly from: WebSocket; readonly to: WebSocket }>>;
  readonly #delayed = new Set<NodeJS.Timeout>();
  #isWhole = true;

  constructor(end: WebSocket, relay: WebSocket, url: string) {
    const { searchParams } = new URL(url, 'ws://relay');
    this.role = searchParams.get('role') === 'environment' ? 'executor' : 'harness';
    this.key = searchParams.get('key') ?? '';
    this.#legs = { toRelay: { from: end, to: relay }, toEnd: { from: relay, to: end } };
    for (const way of ['toRelay', 'toEnd'] as const) {
      const { from, to } = this.#legs[way];
      from.on('message', (frame: Buffer) => this.#take(frame, way));
      from.on('error', () => {});
      from.on('close', (code) => this.#legEnded(to, code));
    }
    this.ended = Promise.all([gone(end), gone(relay)]).then(() => {});
  }

  /** Whether frames pass: it was neither cut nor has it ended. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** As a network does it, without a word. */
  cut(told: Told = 'both'): void {
    this.#break();
    const { from: end, to: relay } = this.#legs.toRelay;
    // What is not read is not answered either, pings included.
    if (told === 'relay') end.pause();
    else end.terminate();
    if (told === 'end') relay.pause();
    else relay.terminate();
  }

  /** Neither of the two learns of it: the link is open, and nothing comes. */
  silence(): void {
    this.#break();
    for (const { from } of Object.values(this.#legs)) from.pause();
  }

  /** Both are told, as by a relay that ends. */
  goodbye(): void {
    this.#break();
    for (const { from } of Object.values(this.#legs)) from.close(1001);
  }

  /** Cuts it in the middle of a frame. */
  cutWithin(frame: Buffer, way: Way): void {
    this.#legs[way].to.send(frame.subarray(0, Math.ceil(frame.length / 2)), { fin: false });
    this.cut();
  }

  /** Everything of it ends. */
  destroy(): void {
    this.#break();
    for (const { from } of Object.values(this.#legs)) from.terminate();
  }

  #take(frame: Buffer, way: Way): void {
    this.frames += 1;
    if (this.#isWhole) this.passing(frame, way);
    if (!this.#isWhole) return;
    for (const { frame: passed, delayMs } of this.fate(frame, way)) {
      if (delayMs === 0) this.#pass(passed, way);
      else this.#passLater(passed, way, delayMs);
    }
  }

  #passLater(frame: Uint8Array, way: Way, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#pass(frame, way);
    }, delayMs);
    this.#delayed.add(timer);
  }

  #pass(frame: Uint8Array, way: Way): void {
    const { from, to } = this.#legs[way];
    to.send(frame, { binary: true }, () => {
      if (this.#isWhole && to.bufferedAmount <= PASSING_BYTES) from.resume();
    });
    if (to.bufferedAmount > PASSING_BYTES) from.pause();
  }

  #legEnded(other: WebSocket, code: number): void {
    if (!this.#isWhole) return;
    this.#break();
    if (code >= 1000 && code < 1004) other.close(code);
    else other.terminate();
  }

  #break(): void {
    this.#isWhole = false;
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
  }
}

const gone = (leg: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    if (leg.readyState === WebSocket.CLOSED) resolve();
    else leg.once('close', () => resolve());
  });
