import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** A TCP client without any protocol of its own: what it reads is kept in the chunks in which it came. */
export interface RawPeer {
  readonly socket: Socket;
  /** Chunks read since the last `forget`. */
  readonly chunks: Buffer[];
  readonly bytes: Buffer;
  /** Resolves when at least this many bytes are there, or the link has ended. */
  have(count: number): Promise<Buffer>;
  /** Resolves when the far side has ended the link. */
  readonly ended: Promise<void>;
  forget(): void;
}

export async function connectRaw(t: ExecutionContext, address: string): Promise<RawPeer> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  const changed = new Set<() => void>();
  let over = false;
  const notify = () => {
    for (const check of [...changed]) check();
  };
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    notify();
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
      notify();
    };
    socket.on('end', end);
    socket.on('close', end);
  });
  return {
    socket,
    chunks,
    ended,
    get bytes() {
      return Buffer.concat(chunks);
    },
    have: (count) =>
      new Promise((resolve) => {
        const check = () => {
          const bytes = Buffer.concat(chunks);
          if (bytes.length < count && !over) return;
          changed.delete(check);
          resolve(bytes);
        };
        changed.add(check);
        check();
      }),
    forget: () => {
      chunks.length = 0;
    },
  };
}

export const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** A raw client whose upgrade is done; the answer is already forgotten. */
export async function upgradeRaw(t: ExecutionContext, address: string): Promise<RawPeer> {
  const peer = await connectRaw(t, address);
  peer.socket.write(HANDSHAKE);
  const answer = await peer.have('HTTP/1.1 101 Switching Protocols\r\n\r\n'.length);
  t.true(answer.toString().startsWith('HTTP/1.1 101'), answer.toString());
  peer.forget();
  return peer;
}

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** One client frame under a mask of zeros, payload up to 65,535 bytes. */
export function clientFrame(opcode: number, payload: string | Uint8Array, { fin = true } = {}): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const head = body.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = 0x80 | Math.min(body.length, 126);
  if (body.length >= 126) head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, Buffer.alloc(4), body]);
}

export interface ServerFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames at the start of what a server sent. */
export function serverFrames(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1]!;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > bytes.length) break;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (start + length > bytes.length) break;
    frames.push({ fin: bytes[at]! >= 0x80, opcode: bytes[at]! & 0xf, payload: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return frames;
}
