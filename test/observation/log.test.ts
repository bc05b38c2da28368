import { Writable } from 'node:stream';
import test from 'ava';
import type { ExecutorEvent } from '#src/observation/executor-event.js';
import { LineSink } from '#src/observation/line-sink.js';
import { type LogOptions, openLog } from '#src/observation/log.js';
import { logRecord } from '#src/observation/log-record.js';

const STARTED: ExecutorEvent = {
  ...{ event: 'processStarted', key: 1, session: 's', process: 'p', pid: 7, sandboxed: false },
  ...{ ms: 1.23456, trace: null },
};
const ANSWERED: ExecutorEvent = {
  ...{ event: 'requestAnswered', connection: 1, session: undefined, method: 'initialize', outcome: -32600 },
  ...{ bytesIn: 1, bytesOut: 2, ms: 0.5, argvDigest: 'a', policyDigest: 'b' },
  trace: { traceparent: 'a text of the peer', tracestate: 'another' },
};

/** What a log with these options writes, and the log. */
async function opened(options: LogOptions) {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: await openLog(options, new LineSink(stream)) };
}

test('JSON: one object a line, with level, time, the name of the event, its members and its text', async (t) => {
  const { lines, log } = await opened({ format: 'json' });
  log.tell(STARTED);
  const { time, ...rest } = JSON.parse(lines[0]!);
  t.regex(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.deepEqual(rest, {
    ...{
      level: 'info',
      event: 'processStarted',
      session: 's',
      process: 'p',
      pid: 7,
      sandbox: 'none',
      ms: 1.235,
    },
    msg: 'process started',
  });
  t.regex(lines[0]!, /^[^\n]+\n$/);
});

test('pretty: a line for people', async (t) => {
  const { lines, log } = await opened({ format: 'pretty' });
  log.tell(STARTED);
  t.regex(lines[0]!, /^\S+Z {2}INFO process started session="s" process="p" pid=7 sandbox="none" ms=1.235\n$/);
});

for (const format of ['json', 'pretty'] as const) {
  test(`nothing below the level is written (${format})`, async (t) => {
    const told = [ANSWERED, STARTED, { event: 'warning', message: 'w' }] as const;
    for (const [level, expected] of [
      ['debug', ['answered', 'started', 'w']],
      [undefined, ['started', 'w']],
      ['info', ['started', 'w']],
      ['warn', ['w']],
      ['error', []],
    ] as const) {
      const { lines, log } = await opened({ format, level });
      for (const event of told) log.tell(event);
      t.is(lines.length, expected.length, level);
      for (const [index, word] of expected.entries()) t.true(lines[index]!.includes(word));
    }
  });
}

test('a request is told without its digests and without its trace', (t) => {
  const record = logRecord(ANSWERED);
  t.is(record.level, 'debug');
  t.deepEqual(Object.keys(record.fields), [
    ...['connection', 'session', 'method', 'outcome', 'limit', 'bytesIn', 'bytesOut', 'ms'],
  ]);
});

test('an id that is no plain word is not repeated', (t) => {
  const idOf = (process: string) => logRecord({ ...STARTED, process } as ExecutorEvent).fields.process;
  for (const id of ['exec-17', 'a'.repeat(128), '4f0c.b:1@x_y']) t.is(idOf(id), id);
  for (const id of ['', 'a b', 'a\nb', 'é', '"', '\x1b[2J', 'a'.repeat(129)]) t.is(idOf(id), 'invalid');
});

test('of an error its kind and where it was thrown are told, and not its message', (t) => {
  const error = Object.assign(new TypeError('words\n    at words of (a peer)\n that it sent'), { code: 'ERR_CODE' });
  const { level, fields } = logRecord({ event: 'fault', error, fatal: false });
  t.is(level, 'error');
  t.like(fields, { error: 'TypeError', code: 'ERR_CODE' });
  t.true(String(fields.stack).includes('log.test'));
  t.false(JSON.stringify(fields).includes('words'));
  error.message = 'other words';
  t.is(logRecord({ event: 'fault', error, fatal: false }).fields.stack, undefined);
});

test('an end is told with its cause and what is known of it', (t) => {
  const { fields } = logRecord({
    ...{ event: 'processEnded', key: 1, session: 's', process: 'p', exitCode: 137 },
    cause: { type: 'signaled', signal: 'SIGKILL' },
    usage: { userMs: 1, wallMs: 2 },
  });
  t.deepEqual(fields, {
    ...{ session: 's', process: 'p', exitCode: 137, cause: 'signaled', signal: 'SIGKILL', userMs: 1, wallMs: 2 },
  });
});
