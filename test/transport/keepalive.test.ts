import test from 'ava';
import { PING_INTERVAL_MS, SILENT_PEER_MS } from '#src/protocol/limits.js';
import { type Keepalive, type KeepaliveVerdict, look, quietSoFar, type Traffic } from '#src/transport/keepalive.js';

const quiet: Traffic = { received: 0, taken: 0, queued: 0, reading: true };

function verdicts(traffic: readonly Traffic[]): KeepaliveVerdict[] {
  let state: Keepalive = quietSoFar;
  return traffic.map((now) => {
    const [next, verdict] = look(state, now);
    state = next;
    return verdict;
  });
}

test('a peer that answers nothing is dropped when its first unanswered ping is as old as the limit', (t) => {
  const silentLooks = SILENT_PEER_MS / PING_INTERVAL_MS;
  t.deepEqual(verdicts(Array.from({ length: silentLooks + 1 }, () => quiet)), [
    ...Array.from({ length: silentLooks }, () => 'ping' as const),
    'drop',
  ]);
});

test('any byte received starts the count again', (t) => {
  const looks = [0, 0, 1, 1, 1, 1].map((received) => ({ ...quiet, received }));
  t.deepEqual(verdicts(looks), ['ping', 'ping', 'ping', 'ping', 'drop', 'drop']);
});

test('while we do not read, silence counts for nothing, and neither does the look at which we read again', (t) => {
  const looks = [true, true, false, false, false, false, true, true, true].map((reading) => ({ ...quiet, reading }));
  t.deepEqual(verdicts(looks), ['ping', 'ping', 'ping', 'ping', 'ping', 'ping', 'ping', 'ping', 'drop']);
});

test('a peer that slowly takes what was stuck is alive', (t) => {
  const looks = [10, 20, 30, 40, 50].map((taken) => ({ ...quiet, taken, queued: 100 }));
  t.deepEqual(verdicts(looks), ['ping', 'ping', 'ping', 'ping', 'ping']);
});

test('a kernel that takes bytes at once shows no life of the peer', (t) => {
  const looks = [10, 20, 30].map((taken) => ({ ...quiet, taken }));
  t.deepEqual(verdicts(looks), ['ping', 'ping', 'drop']);
});

test('output that is stuck and stays stuck shows no life of the peer', (t) => {
  const looks = [10, 10, 10].map((taken) => ({ ...quiet, taken, queued: 100 }));
  t.deepEqual(verdicts(looks), ['ping', 'ping', 'drop']);
});
