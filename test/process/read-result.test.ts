import test from 'ava';
import { isDue, type ReadView, readResultText } from '#src/process/read-result.js';

const running: ReadView = {
  chunks: [],
  nextSeq: 4,
  exit: undefined,
  closedSeq: undefined,
  lostBytes: 0,
  firstRetainedSeq: 1,
  failure: undefined,
  end: undefined,
};
const exit = { seq: 3, exitCode: 7, sandboxDenied: false };
const chunk = { seq: 3, stream: 'stdout', bytes: Buffer.from('hi') } as const;

const truth: [what: string, view: ReadView, afterSeq: number, due: boolean][] = [
  ['a running process without anything new', running, 3, false],
  ['output', { ...running, chunks: [chunk] }, 2, true],
  ['an exit that the reader has not seen', { ...running, exit }, 2, true],
  ['an exit that the reader has seen, while the streams are open', { ...running, exit }, 3, false],
  ['an exit, read from beyond the end', { ...running, exit }, 99, false],
  ['the end, not seen', { ...running, exit, closedSeq: 4, nextSeq: 5 }, 3, true],
  ['the end, seen already', { ...running, exit, closedSeq: 4, nextSeq: 5 }, 4, true],
];
for (const [what, view, afterSeq, due] of truth) {
  test(`${what} ${due ? 'ends' : 'does not end'} a wait`, (t) => t.is(isDue(view, afterSeq), due));
}

const asJson = (view: ReadView): string =>
  JSON.stringify({
    chunks: view.chunks.map(({ seq, stream, bytes }) => ({ seq, stream, chunk: bytes.toString('base64') })),
    nextSeq: view.nextSeq,
    exited: view.exit !== undefined,
    exitCode: view.exit?.exitCode ?? null,
    closed: view.closedSeq !== undefined,
    failure: view.failure ?? null,
    sandboxDenied: view.exit?.sandboxDenied ?? false,
  });

const many = Array.from({ length: 10_000 }, (_, index) => ({
  seq: index + 1,
  stream: index % 2 === 0 ? ('stdout' as const) : ('stderr' as const),
  bytes: Buffer.from(String(index)),
}));

const views: [what: string, view: ReadView][] = [
  ['nothing yet', running],
  ['one chunk', { ...running, chunks: [chunk] }],
  ['an exit by a signal', { ...running, exit: { ...exit, exitCode: 137 } }],
  ['a refusal by the sandbox', { ...running, exit: { ...exit, sandboxDenied: true }, closedSeq: 4, nextSeq: 5 }],
  ['a failure whose words need escaping', { ...running, exit: { ...exit, exitCode: -1 }, failure: 'it "broke"\n' }],
  ['more chunks than are written in one turn', { ...running, chunks: many, nextSeq: 10_001 }],
];
for (const [what, view] of views) {
  test(`the answer is the JSON text of its members, in their order: ${what}`, async (t) => {
    t.is(await readResultText(view, false), asJson(view));
  });
}

test('whoever asked for it reads how many bytes are lost, and of an end what is known', async (t) => {
  const extras = async (view: ReadView) => {
    const text = await readResultText(view, true);
    const plain = asJson(view).slice(0, -1);
    t.true(text.startsWith(plain));
    return text.slice(plain.length);
  };
  t.is(await extras({ ...running, lostBytes: 3_000_000_000 }), ',"lostBytes":3000000000}');
  const usage = { userMs: 1.5, systemMs: undefined, wallMs: 2 };
  t.is(
    await extras({ ...running, exit, end: { cause: { type: 'terminated', by: 'request' }, usage } }),
    ',"lostBytes":0,"cause":{"type":"terminated","by":"request"},"usage":{"userMs":1.5,"wallMs":2}}',
  );
  t.is(await extras({ ...running, exit, end: { cause: undefined, usage: undefined } }), ',"lostBytes":0}');
});
