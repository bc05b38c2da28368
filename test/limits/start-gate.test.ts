import test, { type ExecutionContext } from 'ava';
import { DEFAULT_LIMITS, type ExecutorLimits } from '#src/limits/executor-limits.js';
import { ProcessAccounts, StartGate } from '#src/limits/start-gate.js';
import { RETAINED_PROCESS_BYTES } from '#src/protocol/limits.js';

const gates = (limits: Partial<ExecutorLimits>, count = 1) => {
  const accounts = new ProcessAccounts();
  const all = Array.from({ length: count }, () => new StartGate({ ...DEFAULT_LIMITS, ...limits }, accounts, 0));
  return { accounts, one: all[0]!, other: all[1] ?? all[0]! };
};

const refused = (t: ExecutionContext, start: () => unknown, limit: string, message: string) =>
  t.like(t.throws(start), { code: -32600, limit, message });

test('a session has so many processes at once, and one that has closed makes room', (t) => {
  const { one } = gates({ sessionProcesses: 2 });
  const first = one.enter(0);
  one.enter(0);
  refused(
    t,
    () => one.enter(0),
    'max-session-processes',
    'too many processes in this session (--max-session-processes 2)',
  );
  first.closed(0);
  one.enter(0);
});

test('all sessions together have so many, and one that was never there makes room too', (t) => {
  const { one, other, accounts } = gates({ processes: 2 }, 2);
  const first = one.enter(0);
  other.enter(0);
  refused(t, () => other.enter(0), 'max-processes', 'too many processes on this executor (--max-processes 2)');
  first.left();
  first.left();
  other.enter(0);
  t.is(accounts.live, 2);
});

test('what ended processes leave is counted until nothing of it is left', (t) => {
  const { one, accounts } = gates({ retainedBytes: RETAINED_PROCESS_BYTES + 100 });
  const first = one.enter(0);
  first.closed(99);
  t.is(accounts.retainedBytes, RETAINED_PROCESS_BYTES + 99);
  const second = one.enter(0);
  second.closed(1);
  refused(
    t,
    () => one.enter(0),
    'max-retained-bytes',
    `too much output of ended processes is kept on this executor (--max-retained-bytes ${RETAINED_PROCESS_BYTES + 100})`,
  );
  first.left();
  first.closed(1_000);
  t.is(accounts.retainedBytes, RETAINED_PROCESS_BYTES + 1);
  one.enter(0).left();
  second.left();
  t.deepEqual({ ...accounts }, { live: 0, retainedBytes: 0 });
});

test('a session starts so many per second; what is refused for something else does not count', (t) => {
  const { one, other } = gates({ startsPerSecond: 2, sessionProcesses: 1 }, 2);
  one.enter(0).left();
  const running = one.enter(0);
  t.throws(() => one.enter(500), { message: /max-session-processes/ });
  running.left();
  one.enter(500).left();
  refused(
    t,
    () => one.enter(500),
    'max-starts-per-second',
    'too many starts in this session (--max-starts-per-second 2)',
  );
  other.enter(500);
});

test('the session is told when it has something running', (t) => {
  const told: string[] = [];
  const activity = { began: () => told.push('began'), ended: () => told.push('ended') };
  const gate = new StartGate(DEFAULT_LIMITS, new ProcessAccounts(), 0, activity);
  const place = gate.enter(0);
  place.closed(0);
  place.left();
  gate.enter(0).left();
  t.deepEqual(told, ['began', 'ended', 'began', 'ended']);
});
