import test from 'ava';
import { IN_A_ROW_MS, LINGER_MS } from '#src/protocol/limits.js';
import { Linger } from '#src/rpc/linger.js';

/** A loop whose turns take `TURN_MS` each and come when they are asked for. */
const TURN_MS = LINGER_MS / 10;

class Loop {
  ms = 1000;
  #next: (() => void) | undefined;
  readonly surroundings = { now: () => this.ms, inLaterTurn: (turn: () => void) => this.#plan(turn), processors: 2 };

  #plan(turn: () => void): void {
    if (this.#next) throw new Error('two turns are planned at once');
    this.#next = turn;
  }

  get sleeps(): boolean {
    return this.#next === undefined;
  }

  turn(): void {
    this.ms += TURN_MS;
    const next = this.#next!;
    this.#next = undefined;
    next();
  }

  /** Turns until it sleeps. */
  drain(): number {
    for (let turns = 0; ; turns++) {
      if (this.sleeps) return turns;
      this.turn();
    }
  }
}

test('the first answer is followed by sleep, and so is each that comes now and then', (t) => {
  const loop = new Loop();
  const linger = new Linger(loop.surroundings);
  for (let n = 0; n < 3; n++) {
    linger.answered();
    t.true(loop.sleeps);
    loop.ms += IN_A_ROW_MS * 1.01;
  }
});

test('who asks in a row is waited for as long as the limit says, counted from the last answer', (t) => {
  const loop = new Loop();
  const linger = new Linger(loop.surroundings);
  linger.answered();
  loop.ms += IN_A_ROW_MS / 2;
  linger.answered();
  for (let turns = 0; turns < 5; turns++) loop.turn();
  linger.answered();
  t.false(loop.sleeps);
  const turns = loop.drain();
  t.true(turns >= 10 && turns <= 11, `${turns} turns`);
});

test('after it slept it is awake again when somebody asks in a row again', (t) => {
  const loop = new Loop();
  const linger = new Linger(loop.surroundings);
  linger.answered();
  linger.answered();
  t.true(loop.drain() > 0);
  loop.ms += 10 * IN_A_ROW_MS;
  linger.answered();
  t.true(loop.sleeps);
  linger.answered();
  t.true(loop.drain() > 0);
});

test('with one processor nobody is waited for', (t) => {
  const loop = new Loop();
  const linger = new Linger({ ...loop.surroundings, processors: 1 });
  linger.answered();
  linger.answered();
  t.true(loop.sleeps);
});
