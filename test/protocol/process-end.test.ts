/** Members of ours among those of the reference: they count where they fit, and cost nothing where they do not. */
import test from 'ava';
import { decodeParams, decodeResult } from '#src/protocol/decode.js';
import { parseJson } from '#src/protocol/json.js';
import { decodeNotification, type NotificationParams } from '#src/protocol/notifications.js';

type Exited = NotificationParams['process/exited'];

const exited = (extras: string): Exited =>
  decodeNotification(
    'process/exited',
    parseJson(`{"processId":"p","seq":1,"exitCode":9,"sandboxDenied":false${extras}}`),
  )!.params as Exited;
const read = (extras: string) =>
  decodeResult(
    'process/read',
    parseJson(
      `{"chunks":[],"nextSeq":3,"exited":true,"exitCode":9,"closed":true,"failure":null,"sandboxDenied":false${extras}}`,
    ),
  );

const causes = [
  '{"type":"exited"}',
  '{"type":"signaled","signal":"SIGTERM"}',
  '{"type":"terminated","by":"request"}',
  '{"type":"terminated","by":"sessionEnd"}',
  '{"type":"shutdown"}',
  '{"type":"workerLost"}',
];
for (const cause of causes) {
  test(`a cause is what it says: ${cause}`, (t) => {
    t.deepEqual({ ...exited(`,"cause":${cause}`).cause } as unknown, JSON.parse(cause));
    t.deepEqual({ ...read(`,"cause":${cause}`).cause } as unknown, JSON.parse(cause));
  });
}

const foreign = [
  'null',
  '"exited"',
  '7',
  '[]',
  '{}',
  '{"type":"deadlock"}',
  '{"type":"signaled"}',
  '{"type":"signaled","signal":9}',
  '{"type":"terminated","by":"somebody"}',
];
for (const cause of foreign) {
  test(`a cause that is none of ours is no cause, and no fault: ${cause}`, (t) => {
    t.deepEqual(Object.keys(exited(`,"cause":${cause}`)).sort(), ['exitCode', 'processId', 'sandboxDenied', 'seq']);
    t.false('cause' in read(`,"cause":${cause}`));
  });
}

test('a usage has what is told and fits, whole numbers or not', (t) => {
  const usage = '{"userMs":1.25,"systemMs":3,"peakRssBytes":5000000000,"wallMs":0.5,"else":1}';
  const expected = { userMs: 1.25, systemMs: 3, peakRssBytes: 5_000_000_000, wallMs: 0.5 };
  t.deepEqual({ ...exited(`,"usage":${usage}`).usage }, expected);
  t.deepEqual({ ...read(`,"usage":${usage}`).usage }, expected);
  t.deepEqual(
    { ...exited(',"usage":{"userMs":-1,"systemMs":"2","peakRssBytes":1.5,"wallMs":1e3}').usage },
    { wallMs: 1000 },
  );
  t.deepEqual({ ...exited(',"usage":{}').usage }, {});
  t.is(exited(',"usage":[1,2]').usage, undefined);
});

test('lost bytes are a number of any size, or not there', (t) => {
  t.is(read(',"lostBytes":6000000000').lostBytes, 6_000_000_000);
  t.is(read(',"lostBytes":0').lostBytes, 0);
  t.is(read(',"lostBytes":-1').lostBytes, undefined);
  t.is(read('').lostBytes, undefined);
});

test('what a peer asks for beyond the reference is a list of names; anything else asks for nothing', (t) => {
  const extensions = (json: string) => decodeParams('initialize', parseJson(`{"clientName":"c"${json}}`)).extensions;
  t.deepEqual(extensions(',"extensions":["processEnd","more"]'), ['processEnd', 'more']);
  t.deepEqual(extensions(',"extensions":[]'), []);
  for (const other of [
    '',
    ',"extensions":null',
    ',"extensions":"processEnd"',
    ',"extensions":[1]',
    ',"extensions":{}',
  ]) {
    t.is(extensions(other), undefined);
  }
});
