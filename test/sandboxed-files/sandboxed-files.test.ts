import test from 'ava';
import type { RpcError } from '#src/protocol/errors.js';
import { SANDBOX_HELPER_IDLE_MS, SANDBOX_HELPERS_AT_MOST } from '#src/protocol/limits.js';
import { encodeFrame } from '#src/sandboxed-files/frames.js';
import { descriptorsOf, eventually } from '#test/support/procfs.js';
import { type FakeHelper, scene } from './support/fake-pool.js';

const place = { path: '/w/f', followSymlinks: true };
const METADATA = { isDirectory: false, isFile: true, isSymlink: false, size: 4, createdAtMs: 0, modifiedAtMs: 1 };
const write = { ...place, bytes: Buffer.from('text') };
const told = async (work: Promise<unknown>) =>
  work.then(
    (result) => result,
    (error: RpcError) => `${error.code} ${error.message}`,
  );
/** Does everything that is asked. */
const obliging = (helper: FakeHelper, { id, operation }: { id: number; operation: string }) => {
  if (operation === 'getMetadata') helper.done(id, METADATA);
  else if (operation === 'openFile') helper.done(id, { fd: 7 });
  else helper.done(id, null);
};

test('a helper is kept for what its session asks under the same policy, and for nothing else', async (t) => {
  const { pool, files, asker } = scene();
  pool.answer = obliging;
  t.deepEqual(await files.run(asker(), 'getMetadata', place), METADATA);
  t.deepEqual(await files.run(asker(), 'getMetadata', place), METADATA);
  t.is(pool.helpers.length, 1);
  t.is(
    pool.helpers[0]!.enforcement.policy.kind === 'confined' && pool.helpers[0]!.enforcement.policy.network,
    'restricted',
  );

  await files.run(asker('/x'), 'getMetadata', place);
  await files.run(asker('/w', { id: 'other', ended: new AbortController().signal }), 'getMetadata', place);
  t.is(pool.helpers.length, 3);
  // What writes is done where others look.
  t.is(await files.run(asker(), 'writeFile', write), undefined);
  t.is(pool.helpers.length, 3);
  files.close();
});

test('all that is asked in one turn asks once whether the sandbox is up to date; if it is not, another is started', async (t) => {
  const { pool, files, asker } = scene();
  pool.answer = obliging;
  await files.run(asker(), 'getMetadata', place);
  t.is(pool.checks, 0);
  const three = () => Promise.all([1, 2, 3].map(() => files.run(asker(), 'getMetadata', place)));
  await three();
  t.is(pool.checks, 1);
  pool.stale.add(pool.helpers[0]!);
  await three();
  t.is(pool.helpers.length, 2);
  await pool.until(() => pool.helpers[0]!.wasToldToEnd);
  files.close();
});

test('answers are held against what was asked: anything else ends the helper', async (t) => {
  const improper: [string, (helper: FakeHelper, id: number) => void][] = [
    ['no JSON', (helper) => helper.raw(encodeFrame('{'))],
    ['an answer to nothing', (helper, id) => helper.done(id + 1, METADATA)],
    ['no answer', (helper, id) => helper.fault(id, 'x', 'y')],
    ['a result of another shape', (helper, id) => helper.done(id, { ...METADATA, size: -1 })],
    ['a result of another shape', (helper, id) => helper.done(id, null)],
    ['bytes that nobody asked for', (helper, id) => helper.done(id, METADATA, 'more')],
    [
      'a frame has a body of 4294967295 bytes; limit is 1048576',
      (helper) => helper.raw([Buffer.alloc(8, 0xff).fill(0, 0, 4)]),
    ],
  ];
  for (const [how, answer] of improper) {
    const { pool, files, asker } = scene();
    pool.answer = (helper, { id }) => answer(helper, id);
    // Asked a second time of another one, which does the same.
    t.is(await told(files.run(asker(), 'getMetadata', place)), `-32603 fs sandbox helper failed: it gave ${how}`);
    t.deepEqual(
      pool.helpers.map(({ wasKilled }) => wasKilled),
      [true, true],
      how,
    );
    files.close();
  }
});

test('texts for the peer cannot be more than one text', async (t) => {
  const bodies = [
    '{"dataBase64":"eA=="}',
    '{"dataBase64":"e"A"}',
    '{"dataBase64":"e\nA="}',
    '{"dataBase64":"eHh4eHh4"}',
    '[]',
  ];
  const outcomes: unknown[] = [];
  for (const body of bodies) {
    const { pool, files, asker } = scene();
    pool.answer = (helper, { id }) => helper.done(id, null, body);
    const answer = files.run(asker(), 'readFile', { ...place, limitBytes: 3 });
    outcomes.push(
      await told(answer.then(({ memory, start, end }) => Buffer.from(memory.subarray(start, end)).toString())),
    );
    files.close();
  }
  const failed = (how: string) => `-32603 fs sandbox helper failed: it gave ${how}`;
  t.deepEqual(outcomes, [
    bodies[0],
    failed('a text that is no base64'),
    failed('a text that is no base64'),
    failed('a text of another length'),
    failed('a text of another length'),
  ]);
});

test('what a helper leaves undone: looking is tried once more, anything else fails with what the helper said last', async (t) => {
  const { pool, files, asker } = scene();
  let asked = 0;
  pool.answer = (helper, request) => {
    if (++asked <= 2) helper.end(2, 'first line\nout of memory\n');
    else obliging(helper, request);
  };
  const failure = '-32603 fs sandbox helper failed with status exit status: 2: first line\nout of memory';
  t.is(await told(files.run(asker(), 'writeFile', write)), failure);
  t.deepEqual(await files.run(asker(), 'getMetadata', place), METADATA);
  t.is(asked, 3);
  t.is(pool.helpers.length, 3);
  files.close();
});

test('one that hangs is killed; others that it was asked fail or are asked again', async (t) => {
  // Long enough for the second helper on a busy machine.
  const { pool, files, asker } = scene({ patienceMs: 2000 });
  pool.answer = (helper, request) => {
    if (pool.helpers.length > 1 && request.operation === 'getMetadata') obliging(helper, request);
  };
  const slow = told(files.run(asker(), 'canonicalize', { path: '/w/f' }));
  await pool.until(() => pool.helpers[0]?.asked.length === 1);
  const other = files.run(asker(), 'getMetadata', place);
  await pool.until(() => pool.helpers[0]!.asked.length === 2);
  t.is(await slow, '-32603 fs sandbox helper failed: it took longer than 2 s');
  t.true(pool.helpers[0]!.wasKilled);
  t.deepEqual(await other, METADATA);
  files.close();
});

test('a copy may take its time, and is told to stop when its connection ends; then it has as long as others', async (t) => {
  const { pool, files, asker, leave } = scene({ patienceMs: 50 });
  const gone = new Int32Array(new SharedArrayBuffer(4));
  const task = { source: '/w/a', destination: '/w/b', recursive: true, gone };
  const copy = told(files.run(asker(), 'copy', task));
  await pool.until(() => pool.helpers[0]?.asked.length === 1);
  const [helper] = pool.helpers;
  t.deepEqual(helper!.asked[0].task, { source: '/w/a', destination: '/w/b', recursive: true });
  leave();
  await pool.until(() => helper!.asked.length === 2);
  t.deepEqual(helper!.asked[1], { cancel: helper!.asked[0].id });
  t.is(await copy, '-32603 fs sandbox helper failed: it took longer than 0.05 s');
  files.close();
});

test('an open file keeps its helper, is closed there, and fails with it', async (t) => {
  const { pool, files, asker } = scene();
  pool.answer = (helper, request) => {
    if (request.operation === 'readBlock') helper.done(request.id, { eof: true }, '{"chunk":"eA==","eof":true}');
    else obliging(helper, request);
  };
  const file = await files.open(asker(), { path: '/w/f', mode: 'read' });
  pool.stale.add(pool.helpers[0]!);
  await files.run(asker(), 'getMetadata', place);
  t.is(pool.helpers.length, 2);
  const { memory, start, end } = await file.readBlock({ offset: 2n ** 60n, length: 3 });
  t.is(Buffer.from(memory.subarray(start, end)).toString(), '{"chunk":"eA==","eof":true}');
  t.false(pool.helpers[0]!.wasToldToEnd);
  await file.close();
  await pool.until(() => pool.helpers[0]!.wasToldToEnd);
  t.deepEqual(
    pool.helpers[0]!.asked.slice(1).map(({ operation, task }) => [operation, task]),
    [
      ['readBlock', { fd: 7, offset: '1152921504606846976', length: 3 }],
      ['closeFile', { fd: 7 }],
    ],
  );

  const other = await files.open(asker(), { path: '/w/f', mode: 'read' });
  pool.helpers.at(-1)!.end(1, 'killed');
  t.is(
    await told(other.readBlock({ offset: 0, length: 1 })),
    '-32603 fs sandbox helper failed with status exit status: 1: killed',
  );
  t.false(other.isOpen);
  await other.close();
  files.close();
});

test('a helper can be started before it is asked, once in a session', async (t) => {
  const { pool, files, asker } = scene();
  pool.answer = obliging;
  const { session, policy } = asker();
  files.prepare(session, () => undefined);
  files.prepare(session, () => {
    throw new Error('no policy at all');
  });
  files.prepare(session, () => policy);
  files.prepare(session, () => policy);
  await pool.until(() => pool.helpers.length === 1);
  t.is(await files.run(asker(), 'writeFile', write), undefined);
  files.prepare(session, () => asker('/x').policy);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  t.is(pool.helpers.length, 1);
  for (const path of ['/a', '/b', '/c']) await files.run(asker(path), 'getMetadata', place);
  const other = { id: 'other', ended: new AbortController().signal };
  files.prepare(other, () => policy);
  await pool.until(() => pool.helpers.length === 5 && pool.helpers[0]!.wasToldToEnd);
  files.close();
});

test('of a helper that could not be started ahead nobody hears', async (t) => {
  let asked = 0;
  const { pool, files, asker } = scene({
    bubblewrap: () => {
      asked++;
      throw new Error('none');
    },
  });
  const { session, policy } = asker();
  files.prepare(session, () => policy);
  await new Promise(setImmediate);
  t.deepEqual([asked, pool.helpers.length], [1, 0]);
  files.close();
});

test('a session takes its helpers with it, and the executor takes all', async (t) => {
  const { pool, files, asker, endSession } = scene();
  const underWay = told(files.run(asker(), 'writeFile', write));
  await pool.until(() => pool.helpers[0]?.asked.length === 1);
  endSession();
  t.is(await underWay, '-32603 this session has ended');
  t.true(pool.helpers[0]!.wasKilled);
  t.is(await told(files.run(asker(), 'writeFile', write)), '-32603 this session has ended');

  const other = { id: 'other', ended: new AbortController().signal };
  const rest = told(files.run(asker('/w', other), 'writeFile', write));
  await pool.until(() => pool.helpers.length === 2);
  files.close();
  t.is(await rest, '-32603 this executor is shutting down');
  t.is(await told(files.run(asker('/w', other), 'writeFile', write)), '-32603 this executor is shutting down');
});

test('a quiet helper is told to end, and killed when it does not', async (t) => {
  let nowMs = 0;
  const { pool, files, asker } = scene({ now: () => nowMs, graceMs: 10 });
  pool.answer = obliging;
  await files.run(asker('/a'), 'getMetadata', place);
  pool.helpers[0]!.resists = true;
  nowMs = SANDBOX_HELPER_IDLE_MS;
  await files.run(asker('/b'), 'getMetadata', place);
  await pool.until(() => pool.helpers[0]!.wasToldToEnd);
  await pool.until(() => pool.helpers[0]!.wasKilled);
  t.is(pool.helpers.length, 2);
  pool.helpers[0]!.end(137);
  files.close();
});

test('with too many at work one more is refused; with one about to end it waits for that', async (t) => {
  const { pool, files, asker } = scene();
  const hold = Array.from({ length: SANDBOX_HELPERS_AT_MOST }, (_, n) =>
    told(files.run(asker(`/${n}`), 'writeFile', write)),
  );
  await pool.until(() => pool.helpers.length === SANDBOX_HELPERS_AT_MOST);
  t.regex(
    String(await told(files.run(asker('/more'), 'writeFile', write))),
    /^-32603 too many sandboxes for files.*16/,
  );
  const [first] = pool.helpers;
  await pool.until(() => first!.asked.length === 1);
  first!.resists = true;
  first!.done(first!.asked[0].id, null);
  await hold[0];
  await pool.until(() => first!.wasToldToEnd);
  const later = told(files.run(asker('/more'), 'writeFile', write));
  first!.end(0);
  await pool.until(() => pool.helpers.length === SANDBOX_HELPERS_AT_MOST + 1);
  files.close();
  t.is(await later, '-32603 this executor is shutting down');
});

test('nothing is left open', async (t) => {
  const { pool, files, asker } = scene();
  pool.answer = obliging;
  await files.run(asker(), 'getMetadata', place);
  pool.helpers[0]!.lose();
  await files.run(asker(), 'getMetadata', place);
  const pipes = pool.helpers.flatMap((helper) => helper.pipes);
  const open = () => descriptorsOf(process.pid).filter((target) => pipes.includes(target));
  t.true(open().length > 0);
  files.close();
  await eventually(() => open().length === 0);
});
