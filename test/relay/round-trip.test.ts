import test from 'ava';
import { RoundTrip } from '#src/relay/round-trip.js';

test('before anything was measured a record has 1 s', (t) => {
  const trip = new RoundTrip();
  t.deepEqual([trip.timeout, trip.timeoutAfter(1), trip.patience], [1_000, 1_000, 0]);
});

test('it then has the smoothed time, four times its variation, and 25 ms', (t) => {
  const trip = new RoundTrip();
  trip.measured(100);
  t.is(trip.timeout, 100 + 4 * 50 + 25);
  trip.measured(180);
  t.is(trip.timeout, 110 + 4 * 57.5 + 25);
  t.is(trip.patience, 137.5);
});

test('no less than 200 ms, no more than 5 s', (t) => {
  const short = new RoundTrip();
  short.measured(0);
  t.is(short.timeout, 200);
  t.deepEqual(
    [1, 2, 3].map((resends) => short.timeoutAfter(resends)),
    [400, 800, 1_000],
  );
  const long = new RoundTrip();
  long.measured(60_000);
  t.is(long.timeout, 5_000);
  t.is(long.timeoutAfter(1), 5_000);
});

test('while nothing comes in time new records wait for longer, doubled once in such a time, up to 5 s', (t) => {
  const trip = new RoundTrip();
  trip.missed(1_000);
  trip.missed(1_020);
  t.is(trip.timeout, 2_000);
  t.is(trip.timeoutAfter(1), 1_000);
  trip.missed(2_999);
  t.is(trip.timeout, 2_000);
  trip.missed(3_000);
  trip.missed(7_000);
  t.is(trip.timeout, 5_000);
  trip.measured(0);
  t.is(trip.timeout, 200);
});
