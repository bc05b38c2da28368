import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { STDIO_LINE_BYTES } from '#src/protocol/limits.js';
import type { Connection, InboundMessage } from '#src/transport/connection.js';
import { connectStdio } from '#src/transport/stdio.js';
import { collectLink, withResolvers } from './served-links.js';

interface SetUp {
  onMessage?: (connection: Connection, message: InboundMessage) => void;
  output?: Writable;
  farewellMs?: number;
}

function startStdio({ onMessage, output = new PassThrough(), farewellMs = 60_000 }: SetUp = {}) {
  const input = new PassThrough();
  const { promise, resolve } = withResolvers<ReturnType<typeof collectLink>['link']>();
  connectStdio({ input, output, farewellMs }, (connection) => {
    const { link, events } = collectLink(connection, (message) => onMessage?.(connection, message));
    resolve(link);
    return events;
  });
  return promise.then((link) => ({ input, output, link }));
}

/** An output whose reader takes nothing until told to. */
function stalledOutput() {
  const written: string[] = [];
  let takeAll = () => {};
  const gate = new Promise<void>((resolve) => {
    takeAll = resolve;
  });
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      gate.then(() => {
        written.push(String(chunk));
        done();
      });
    },
  });
  return { output, written, takeAll };
}

const texts = (messages: readonly InboundMessage[]) => messages.map(({ text }) => text);

test('each line is a message; blank lines are none, and the last needs no newline', async (t) => {
  const { input, link } = await startStdio();
  input.write('{"a":1}\r\n\n  \t\r\n {"b":"é"} \n');
  input.end('last');
  await link.closed;
  t.deepEqual(texts(link.messages), ['{"a":1}', ' {"b":"é"} ', 'last']);
  t.deepEqual(Buffer.from(link.messages[0]!.bytes), Buffer.from('{"a":1}'));
});

test('each message is one line of the output, bytes like text', async (t) => {
  const { output, link } = await startStdio();
  link.connection.send('{"é":1}');
  link.connection.send(new Uint8Array(Buffer.from('{}')));
  t.is(link.connection.queuedBytes, 9 + 3);
  await new Promise<void>((resolve) => link.connection.send('third', resolve));
  t.is(link.connection.queuedBytes, 0);
  output.end();
  t.is(await text(output as PassThrough), '{"é":1}\n{}\nthird\n');
});

test('a line that is not UTF-8 ends the connection after the lines before it', async (t) => {
  const { input, link } = await startStdio();
  input.write(Buffer.concat([Buffer.from('ok\n'), Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from('never\n')]));
  t.is(await link.closed, 'a line is not UTF-8');
  t.deepEqual(texts(link.messages), ['ok']);
  t.true(input.destroyed);
});

test('a line over the limit ends the connection before its newline comes', async (t) => {
  const { input, link } = await startStdio();
  input.write('ok\n');
  input.write(Buffer.alloc(STDIO_LINE_BYTES, 'x'));
  await link.received(1);
  input.write('\n');
  await link.received(2);
  t.is(link.messages[1]!.bytes.byteLength, STDIO_LINE_BYTES);
  input.write(Buffer.alloc(STDIO_LINE_BYTES + 1, 'x'));
  t.regex(await link.closed, /longer than 67108864 bytes/);
});

test('the end of the input is told once queued replies have left, the reply to the last line included', async (t) => {
  const { output, written, takeAll } = stalledOutput();
  const { input, link } = await startStdio({
    output,
    onMessage: (connection, { text }) => connection.send(`reply to ${text}`),
  });
  let closed = false;
  link.closed.then(() => {
    closed = true;
  });
  input.end('one\ntwo');
  await once(input, 'end');
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  t.false(closed);
  takeAll();
  t.is(await link.closed, 'the input has ended');
  t.is(written.join(''), 'reply to one\nreply to two\n');
});

test('a reader that takes nothing delays the end until the deadline, and every sent is called', async (t) => {
  const { output } = stalledOutput();
  const { input, link } = await startStdio({ output, farewellMs: 10 });
  let sent = 0;
  for (let i = 0; i < 3; i += 1) link.connection.send('x', () => sent++);
  input.end();
  await link.closed;
  t.is(sent, 3);
  t.is(link.connection.queuedBytes, 0);
});

test('after close nothing is delivered or sent, and the end is told once', async (t) => {
  const { input, output, link } = await startStdio({ onMessage: (connection) => connection.close('enough') });
  input.write('one\ntwo\n');
  t.is(await link.closed, 'enough');
  await new Promise<void>((resolve) => link.connection.send('too late', resolve));
  link.connection.close('again');
  t.is((output as PassThrough).read(), null);
  t.is(link.messages.length, 1);
  t.false(await link.connection.probe(1));
});

test('a reader that is gone ends the connection', async (t) => {
  const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('broken pipe')) });
  const { link } = await startStdio({ output });
  let sent = 0;
  link.connection.send('x', () => sent++);
  t.is(await link.closed, 'broken pipe');
  t.is(sent, 1);
});

test('a pause holds messages and the end, not the output', async (t) => {
  const { input, output, link } = await startStdio({
    onMessage: (connection, { text }) => {
      if (text === '1') connection.pause();
    },
  });
  input.end('1\n2\n3\n');
  await link.received(1);
  await new Promise<void>((resolve) => link.connection.send('out', resolve));
  t.is(String((output as PassThrough).read()), 'out\n');
  t.is(link.messages.length, 1);
  link.connection.resume();
  await link.closed;
  t.deepEqual(texts(link.messages), ['1', '2', '3']);
});

const ECHO = `
  import { connectStdio } from '#src/transport/stdio.js';
  connectStdio({ input: process.stdin, output: process.stdout }, (connection) => ({
    message: ({ text }) => connection.send(text),
    closed: () => process.stderr.write('closed'),
  }));
`;

test('a real process echoes ten thousand lines through a reader that comes late, and ends by itself', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', ECHO], { stdio: 'pipe' });
  t.teardown(() => child.kill('SIGKILL'));
  const lines = Array.from({ length: 10_000 }, (_, n) => `{"n":${n},"filler":"${'x'.repeat(100)}"}\n`).join('');
  child.stdin.end(lines);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await once(child.stdin, 'finish');
  let echoed = '';
  child.stdout.on('data', (chunk) => {
    echoed += chunk;
  });
  const [code] = await once(child, 'close');
  t.is(code, 0);
  t.is(echoed.length, lines.length);
  t.true(echoed === lines);
  t.is(errors, 'closed');
});
