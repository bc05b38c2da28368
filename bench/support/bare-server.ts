/**
 * What any executor in Node must do at the very least, in one thread and with nothing around it: `ws`, JSON, child_process and
 * base64. It checks nothing, keeps nothing and reads no file, and answers all that it does not know with an empty result.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

interface Request {
  readonly id?: number;
  readonly method: string;
  readonly params: {
    readonly processId: string;
    readonly argv: readonly [string, ...string[]];
    readonly pipeStdin?: boolean;
    readonly chunk: string;
    readonly len: number;
  };
}

/** As much may wait to be sent before a program must wait. */
const MOST_BUFFERED_BYTES = 1024 * 1024;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
await once(server, 'listening');
console.log(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);

server.on('connection', (socket) => {
  const children = new Map<string, ChildProcess>();
  socket.on('close', () => {
    for (const child of children.values()) child.kill('SIGKILL');
  });
  socket.on('message', (data) => {
    const { id, method, params } = JSON.parse(String(data)) as Request;
    if (id === undefined) return;
    if (method === 'fs/readBlock') {
      socket.send(Buffer.concat([Buffer.from(`{"id":${id},"result":{"chunk":"`), encodedZeros(params.len), TAIL]), {
        binary: false,
      });
      return;
    }
    if (method === 'process/start') children.set(params.processId, start(socket, params));
    if (method === 'process/write') children.get(params.processId)?.stdin?.write(Buffer.from(params.chunk, 'base64'));
    if (method === 'process/terminate') children.get(params.processId)?.kill('SIGKILL');
    socket.send(`{"id":${id},"result":{}}`);
  });
});

function start(
  socket: WebSocket,
  { processId, argv: [path, ...args], pipeStdin = false }: Request['params'],
): ChildProcess {
  const child = spawn(path, args, { cwd: '/', env: {}, stdio: [pipeStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  let seq = 0;
  const say = (method: string, more: object, sent?: () => void) =>
    socket.send(JSON.stringify({ method, params: { processId, seq: ++seq, ...more } }), sent);
  const { stdout } = child;
  stdout!.on('data', (bytes: Buffer) => {
    const full = socket.bufferedAmount > MOST_BUFFERED_BYTES;
    if (full) stdout!.pause();
    say('process/output', { stream: 'stdout', chunk: bytes.toString('base64') }, () => full && stdout!.resume());
  });
  child.on('close', (exitCode) => {
    say('process/exited', { exitCode, sandboxDenied: false });
    say('process/closed', {});
  });
  return child;
}

const TAIL = Buffer.from('"}}');
const encoded = new Map<number, Buffer>();

function encodedZeros(bytes: number): Buffer {
  const known = encoded.get(bytes) ?? Buffer.from(Buffer.alloc(bytes).toString('base64'));
  encoded.set(bytes, known);
  return known;
}
