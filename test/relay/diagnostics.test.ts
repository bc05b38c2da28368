import test from 'ava';
import { RELAY_REMEMBERED_RESETS } from '#src/protocol/limits.js';
import { DiagnosticsWindow } from '#src/relay/diagnostics.js';
import { ResetLog } from '#src/relay/reset-log.js';
import { asStreamId } from '#src/relay/stream-id.js';

test('100 diagnostics are told in a minute, then once that more are left out', (t) => {
  const window = new DiagnosticsWindow();
  for (let count = 0; count < 100; count += 1) t.is(window.next(count), 'tell');
  t.is(window.next(59_998), 'tellThatMoreAreLeftOut');
  t.is(window.next(59_999), 'leaveOut');
  t.is(window.next(60_000), 'tell');
});

test('a window begins with the first diagnostic after the one before', (t) => {
  const window = new DiagnosticsWindow();
  window.next(0);
  for (let count = 0; count < 100; count += 1) t.is(window.next(100_000), 'tell');
  t.is(window.next(159_999), 'tellThatMoreAreLeftOut');
});

test('a reset is remembered for a second', (t) => {
  const log = new ResetLog();
  const [x, y] = [asStreamId('x'), asStreamId(`y${'y'.repeat(10_000)}`)];
  log.add(0, x);
  log.add(500, y);
  t.deepEqual([log.isRecent(999, x), log.isRecent(999, y)], [true, true]);
  t.deepEqual([log.isRecent(1_000, x), log.isRecent(1_499, y), log.isRecent(1_500, y)], [false, true, false]);
  log.add(1_000, x);
  t.true(log.isRecent(1_999, x));
  t.false(log.isRecent(1_999, asStreamId('z')));
});

test('1024 resets are remembered, of more the latest', (t) => {
  const log = new ResetLog();
  const id = (index: number) => asStreamId(`${index}`);
  for (let index = 0; index < RELAY_REMEMBERED_RESETS; index += 1) log.add(0, id(index));
  t.true(log.isRecent(0, id(0)));
  log.add(0, id(RELAY_REMEMBERED_RESETS));
  t.deepEqual(
    [0, 1, RELAY_REMEMBERED_RESETS].map((index) => log.isRecent(0, id(index))),
    [false, true, true],
  );
});
