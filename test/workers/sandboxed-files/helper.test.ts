/** The program itself: order, long work, and what is no request. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { INTERNAL_ERROR } from '#src/protocol/errors.js';
import { encodeFrame } from '#src/sandboxed-files/frames.js';
import { eventually } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { type Answer, HelperProcess } from './support/helper-process.js';

const faultOf = (answer: Answer) => ('fault' in answer ? answer.fault : undefined);

/** A copy that takes longer than any test: of a file that is one hole. */
function beginLongCopy(helper: HelperProcess, folder: TemporaryFolder) {
  writeFileSync(folder.file('large'), '');
  truncateSync(folder.file('large'), 2 ** 42);
  const task = { source: folder.file('large'), destination: folder.file('copy'), recursive: false };
  const answer = helper.ask('copy', task);
  return { answer, id: helper.lastId };
}

test('short requests are answered in their order', async (t) => {
  await using helper = new HelperProcess();
  const place = { path: '/', followSymlinks: true };
  await Promise.all([
    helper.ask('getMetadata', place),
    helper.ask('readDirectory', { path: '/' }),
    helper.ask('getMetadata', place),
    helper.ask('canonicalize', { path: '/' }),
    helper.ask('getMetadata', place),
  ]);
  t.deepEqual(helper.order, [1, 2, 3, 4, 5]);
});

test('a long copy holds up neither short requests nor another tree, and ends when it is cancelled', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  const copy = beginLongCopy(helper, folder);
  await helper.ask('getMetadata', { path: '/', followSymlinks: true });
  folder.write('small', 'text');
  const other = { source: folder.file('small'), destination: folder.file('small2'), recursive: false };
  t.deepEqual(await helper.ask('copy', other), { done: null, text: undefined });
  t.is(folder.read('small2'), 'text');
  t.false(helper.order.includes(copy.id));
  helper.send({ cancel: copy.id });
  t.is(faultOf(await copy.answer)?.code, INTERNAL_ERROR);
  t.true('done' in (await helper.ask('getMetadata', { path: '/', followSymlinks: true })));
});

test('to cancel what is not at work is nothing', async (t) => {
  await using helper = new HelperProcess();
  helper.send({ cancel: 17 });
  t.true('done' in (await helper.ask('getMetadata', { path: '/', followSymlinks: true })));
});

test('it ends with its input', async (t) => {
  await using helper = new HelperProcess();
  helper.process.stdin.end();
  t.deepEqual(await helper.ended, { code: 0, errors: '' });
});

test('it ends with its input also while work is under way', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  beginLongCopy(helper, folder);
  await helper.ask('getMetadata', { path: '/', followSymlinks: true });
  helper.process.stdin.end();
  t.deepEqual(await helper.ended, { code: 0, errors: '' });
});

test('what has an id is answered, whatever it asks for', async (t) => {
  await using helper = new HelperProcess();
  const improper = [
    {},
    { operation: 'readConfig', task: {} },
    { operation: 'toString', task: {} },
    { operation: 17 },
    { operation: 'readFile' },
    { operation: 'readFile', task: [] },
    { operation: 'readFile', task: { path: 5, followSymlinks: true, limitBytes: 1 } },
    { operation: 'readFile', task: { path: '/', followSymlinks: true, limitBytes: -1 } },
    { operation: 'openFile', task: { path: '/', mode: 'append' } },
    { operation: 'readBlock', task: { fd: 0, offset: 0, length: 1 } },
    { operation: 'readBlock', task: { fd: 0, offset: 'x', length: 1 } },
    { operation: 'readBlock', task: { fd: 0, offset: 0, length: 2 ** 21 } },
    { operation: 'writeBlock', task: { fd: 1, offset: 0 } },
    { operation: 'closeFile', task: { fd: 1 } },
    { operation: 'closeFile' },
    { operation: 'walk', task: { root: 'file:///', limits: null } },
    { operation: 'discoverRoots', task: { roots: [null], limitBytes: 5 } },
  ];
  for (const request of improper) {
    t.is(faultOf(await helper.askRaw(request))?.code, INTERNAL_ERROR, JSON.stringify(request));
  }
  t.true('done' in (await helper.ask('getMetadata', { path: '/', followSymlinks: true })));
});

const FAULTY: Readonly<Record<string, readonly [input: Buffer, errors: RegExp]>> = {
  'is no JSON': [Buffer.concat(encodeFrame('{')), /JSON/],
  'is no object': [Buffer.concat(encodeFrame('7')), /no object/],
  'has no id': [Buffer.concat(encodeFrame('{"operation":"walk"}')), /without an id/],
  'is longer than anything': [Buffer.alloc(8, 0xff), /limit is/],
  'ends within a frame': [Buffer.of(0, 0), /ends within a frame/],
};
for (const [what, [input, errors]] of Object.entries(FAULTY)) {
  test(`input that ${what} ends the program`, async (t) => {
    await using helper = new HelperProcess();
    helper.process.stdin.end(input);
    const ended = await helper.ended;
    t.is(ended.code, 2);
    t.regex(ended.errors, errors);
  });
}

const waitsToWrite = (pid: number) => /write|send/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8'));

test('while nobody reads its replies it does nothing more, also when it has threads', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  await helper.ask('copy', { source: '/none', destination: '/none', recursive: true });
  folder.write('file', 'x'.repeat(1024 * 1024));
  helper.process.stdout.pause();
  const place = (name: string) => ({ path: folder.file(name), followSymlinks: true });
  const large = helper.ask('readFile', { ...place('file'), limitBytes: 2 ** 30 });
  const late = helper.ask('writeFile', { ...place('late'), bytes: Buffer.of(1) });
  await eventually(() => waitsToWrite(helper.process.pid!));
  t.false(existsSync(folder.file('late')));
  helper.process.stdout.resume();
  t.true('done' in (await large));
  t.true('done' in (await late));
  t.true(existsSync(folder.file('late')));
});
