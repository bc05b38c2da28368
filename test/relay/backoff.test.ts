import test from 'ava';
import { firstConnectDelay, RendezvousBackoff, recoveryDelay, registrationDelay } from '#src/relay/backoff.js';

const LEAST = () => 0;
const MOST = () => 1 - 2 ** -53;
const HALF = () => 0.5;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const rounded = (delays: readonly number[]) => delays.map(Math.round);

test('a registration is tried again after 0.5, 1, 2, 4, 5, 5 s and up to half as much more', (t) => {
  t.deepEqual(
    upTo(6).map((n) => registrationDelay(n, LEAST)),
    [500, 1_000, 2_000, 4_000, 5_000, 5_000],
  );
  t.deepEqual(rounded(upTo(6).map((n) => registrationDelay(n, MOST))), [750, 1_500, 3_000, 6_000, 7_500, 7_500]);
  t.is(registrationDelay(1_000_000, LEAST), 5_000);
});

test('what a registry asks for is heeded when it is longer, up to a minute', (t) => {
  t.is(registrationDelay(0, LEAST, 400), 500);
  t.is(registrationDelay(0, LEAST, 501), 501);
  t.is(registrationDelay(0, LEAST, 60_000), 60_000);
  t.is(registrationDelay(0, LEAST, 60_001), 60_000);
});

test('a lost session is tried at once, then as a registration', (t) => {
  t.deepEqual(
    upTo(7).map((n) => recoveryDelay(n, HALF)),
    [0, 625, 1_250, 2_500, 5_000, 6_250, 6_250],
  );
});

test('a first connect is given up after five attempts', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5].map((failed) => firstConnectDelay(failed, 0, LEAST)),
    [500, 1_000, 2_000, 4_000, undefined],
  );
  t.is(firstConnectDelay(4, 0, HALF), 5_000);
});

test('a first connect is given up when the next attempt would begin after 14 s', (t) => {
  t.is(firstConnectDelay(2, 13_000, LEAST), 1_000);
  t.is(firstConnectDelay(2, 13_001, LEAST), undefined);
});

test('the rendezvous is tried again after 1, 2, 4, 8, 16, 30, 30 s, or less down to half', (t) => {
  const waits = (random: () => number) => {
    const backoff = new RendezvousBackoff(random);
    return rounded(upTo(7).map(() => backoff.failed()));
  };
  t.deepEqual(waits(MOST), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  t.deepEqual(waits(LEAST), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test('a link that lived 120 s makes waits short again, one that lived less does not', (t) => {
  for (const [livedMs, wait] of [
    [120_000, 1_000],
    [119_999, 8_000],
  ] as const) {
    const backoff = new RendezvousBackoff(MOST);
    for (let count = 0; count < 3; count += 1) backoff.failed();
    t.is(Math.round(backoff.disconnected({ livedMs, used: false })), wait);
    t.is(Math.round(backoff.failed()), 2 * wait);
  }
});

test('after a link that was in use for 5 s the first attempt comes within 100 ms, and waits go on where they were', (t) => {
  const backoff = new RendezvousBackoff(HALF);
  backoff.failed();
  t.is(backoff.disconnected({ livedMs: 5_000, used: true }), 50);
  t.is(backoff.failed(), 1_500);
  t.is(backoff.disconnected({ livedMs: 4_999, used: true }), 3_000);
  t.is(backoff.disconnected({ livedMs: 119_999, used: false }), 6_000);
  t.is(backoff.disconnected({ livedMs: 120_000, used: true }), 50);
  t.is(backoff.failed(), 750);
});
