import test from 'ava';
import fc from 'fast-check';
import { isDenial, type PrintedChunk } from '#src/sandbox/denial.js';

const MIB = 1024 * 1024;
type Stream = PrintedChunk['stream'];
const printed = (stream: Stream, text: string | Uint8Array): PrintedChunk => ({ stream, bytes: Buffer.from(text) });
const out = (text: string | Uint8Array) => printed('stdout', text);
const err = (text: string | Uint8Array) => printed('stderr', text);

const denied = (exitCode: number, ...output: readonly PrintedChunk[]): boolean =>
  isDenial({ sandboxType: 'linuxSeccomp', exitCode, output });

const SIGNS = [
  'operation not permitted',
  'permission denied',
  'read-only file system',
  'seccomp',
  'sandbox',
  'landlock',
  'failed to write file',
];

test('each sign is one, in any case and on every stream', (t) => {
  const capitals = (text: string) => text.replace(/\b./g, (letter) => letter.toUpperCase());
  for (const sign of SIGNS) {
    for (const stream of ['stdout', 'stderr', 'pty'] as const) {
      for (const text of [sign, sign.toUpperCase(), capitals(sign)]) t.true(denied(1, printed(stream, text)), text);
      t.false(denied(1, printed(stream, sign.slice(1))), `${sign} without its first letter`);
      t.false(denied(1, printed(stream, sign.slice(0, -1))), `${sign} without its last letter`);
    }
  }
});

test('a sign within another word is one', (t) => t.true(denied(1, out('mysandboxed'))));

test('a success is no denial, whatever it printed', (t) => t.false(denied(0, err('Permission denied'))));

test('without a sandbox nothing is a denial', (t) => {
  for (const exitCode of [0, 1, 159]) {
    t.false(isDenial({ sandboxType: 'none', exitCode, output: [err('Permission denied')] }));
  }
});

test('an exit code alone is no denial', (t) => {
  for (const exitCode of [1, 2, 126, 127, 137, 139, 143, 158, 160, 255, -1]) {
    t.false(denied(exitCode), `${exitCode}`);
    t.false(denied(exitCode, err('no such thing')), `${exitCode}`);
  }
});

test('every exit code but 0 is one with a sign', (t) => {
  for (const exitCode of [1, 2, 126, 127, 137, 143, 255, -1]) t.true(denied(exitCode, err('sandbox')), `${exitCode}`);
});

test('death by the filter is a denial without a word, on Linux only', (t) => {
  t.true(denied(159));
  t.true(denied(159, out('hello')));
  t.false(isDenial({ sandboxType: 'macosSeatbelt', exitCode: 159, output: [] }));
  t.true(isDenial({ sandboxType: 'macosSeatbelt', exitCode: 159, output: [err('sandbox')] }));
});

test('words that only look like a sign are none', (t) => {
  const lookalikes = [
    'EACCES',
    'EROFS',
    'not permitted',
    'Network is unreachable',
    'ｓａｎｄｂｏｘ',
    'PERMİSSİON DENİED',
    'ſandbox',
  ];
  for (const text of lookalikes) t.false(denied(1, err(text)), text);
});

test('a name of errno in the text of the machine is one', (t) => {
  t.true(denied(1, err('sh: 1: cannot create /etc/x: Read-only file system\n')));
  t.true(denied(2, err('PermissionError: [Errno 1] Operation not permitted\n')));
});

test('letters are made small as Unicode does it: the Kelvin sign is a k', (t) => {
  t.true(denied(1, out('LANDLOC\u212A')));
  t.true(denied(1, out(Buffer.from('landloc\xe2\x84', 'latin1')), out(Buffer.from('\xaa', 'latin1'))));
  t.false(denied(1, out(Buffer.from('landloc\xaa', 'latin1'))));
});

test('broken UTF-8 hides no sign and makes none', (t) => {
  t.true(denied(1, out(Buffer.from('\xe2\x84sandbox\xff', 'latin1'))));
  t.false(denied(1, out(Buffer.from('sand\xffbox', 'latin1'))));
});

test('a sign may be cut anywhere: within a stream, with the other stream between, or over both', (t) => {
  for (const sign of SIGNS) {
    for (let cut = 1; cut < sign.length; cut += 1) {
      const [head, tail] = [sign.slice(0, cut), sign.slice(cut)];
      t.true(denied(1, err(head), err(tail)));
      t.true(denied(1, err(head), out('between'), err(tail)));
      t.true(denied(1, out(head), err('between'), out(tail)));
      t.true(denied(1, out(head), err(tail)));
      t.false(denied(1, out(tail), err(head)), sign);
    }
  }
});

test('a sign is found wherever it lies in a whole window of output', (t) => {
  const filler = Buffer.alloc(MIB, 'all is well\n');
  t.false(denied(1, out(filler)));
  for (const at of [0, 65_530, 65_536 - 23, 65_536, 131_072 - 44, 131_050, MIB - 23]) {
    const bytes = Buffer.from(filler);
    bytes.write('Operation not permitted', at);
    t.true(denied(1, out(bytes)), `${at}`);
  }
});

test('output is judged the same however it was cut', (t) => {
  const word = fc.constantFrom('Operation not ', 'permitted', 'sand', 'box', '\n', 'x'.repeat(65_520));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: 1, max: 70_000 }), (words, size) => {
      const bytes = Buffer.from(words.join(''));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        out(bytes.subarray(index * size, (index + 1) * size)),
      );
      const expected = SIGNS.some((sign) => bytes.toString().toLowerCase().includes(sign));
      t.is(isDenial({ sandboxType: 'linuxSeccomp', exitCode: 1, output: pieces }), expected);
    }),
    // Single bytes in their hundreds of thousands: more than arguments of a call may be.
    { numRuns: 60, examples: [[Array.from({ length: 8 }, () => 'x'.repeat(65_520)), 1]] },
  );
});

test('no output, and chunks without bytes, are no denial', (t) => {
  t.false(denied(1));
  t.false(denied(1, out(''), err('')));
});
