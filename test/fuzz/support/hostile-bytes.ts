/** What a peer may say below the protocol: requests of HTTP, and frames of WebSockets, with all that can be wrong in them. */
import type { Chance } from './chance.js';
import { damagedBytes } from './wire-fields.js';

const HEAD = [
  'GET / HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** An upgrade as it should be. */
export const UPGRADE = Buffer.from(`${HEAD.join('\r\n')}\r\n\r\n`);

export function hostileRequest(chance: Chance): Buffer {
  const lines = [...HEAD];
  for (let left = chance.below(4); left > 0; left -= 1) {
    const at = chance.below(lines.length);
    switch (chance.below(4)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, chance.pick(LINES));
        break;
      case 2:
        lines[at] = chance.pick(LINES);
        break;
      default:
        lines.push(lines[at] ?? '');
    }
  }
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return chance.oneIn(3) ? damagedBytes(request, chance) : request;
}

const LINES = [
  ...[
    'GET /readyz HTTP/1.1',
    'POST / HTTP/1.1',
    'GET / HTTP/1.0',
    'GET / HTTP/9.9',
    'PRI * HTTP/2.0',
    '\u0016\u0003\u0001',
    'GET http://x/ HTTP/1.1',
  ],
  ...[
    'Origin: http://x',
    'Origin:',
    'Authorization: Bearer x',
    `Authorization: ${'x'.repeat(3_000)}`,
    `X: ${'y'.repeat(20_000)}`,
  ],
  ...[
    'Sec-WebSocket-Version: 8',
    'Sec-WebSocket-Key: x',
    'Sec-WebSocket-Protocol: ,,',
    'Sec-WebSocket-Extensions: permessage-deflate; x="',
  ],
  ...[
    'Content-Length: 10',
    'Content-Length: -1',
    'Content-Length: 9999999999999',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
  ],
  ...[
    ' folded',
    ':',
    'no colon',
    'Upgrade: h2c',
    'Connection: close',
    'Connection: Upgrade, HTTP2-Settings',
    '\u0000: \u0000',
  ],
];

/** A few frames: opcodes, bits and lengths of any kind, in any order. */
export const hostileFrames = (chance: Chance, say: () => string): Buffer =>
  Buffer.concat(chance.times(chance.between(1, 5), () => hostileFrame(chance, Buffer.from(say()))));

function hostileFrame(chance: Chance, message: Buffer): Buffer {
  const payload = chance.pick([message, message, chance.bytes(chance.below(200)), Buffer.alloc(0), Buffer.alloc(126)]);
  const opcode = chance.pick([0x1, 0x1, 0x2, 0x0, 0x8, 0x9, 0xa, chance.below(16)]);
  const [fin, reserved] = [chance.oneIn(5) ? 0 : 0x80, chance.oneIn(10) ? chance.below(8) << 4 : 0];
  const masked = chance.oneIn(10) ? 0 : 0x80;
  const length = chance.oneIn(10) ? lengthThatLies(chance, masked) : lengthOf(payload.length, masked, chance.oneIn(5));
  const mask = masked === 0 ? Buffer.alloc(0) : chance.bytes(4);
  const body = Buffer.from(payload);
  for (let at = 0; at < body.length && masked !== 0; at += 1) body[at]! ^= mask[at % 4]!;
  const frame = Buffer.concat([Buffer.from([fin | reserved | opcode]), length, mask, body]);
  return chance.oneIn(12) ? damagedBytes(frame, chance) : frame;
}

/** `wide`: in eight bytes, also where one would do. */
function lengthOf(length: number, masked: number, wide: boolean): Buffer {
  if (wide || length > 65_535) return wideLength(BigInt(length), masked);
  if (length < 126) return Buffer.from([masked | length]);
  const bytes = Buffer.from([masked | 126, 0, 0]);
  bytes.writeUInt16BE(length, 1);
  return bytes;
}

const lengthThatLies = (chance: Chance, masked: number): Buffer =>
  wideLength(chance.pick([2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 64n * 1024n * 1024n + 1n, 70_000n, 1n]), masked);

function wideLength(length: bigint, masked: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = masked | 127;
  bytes.writeBigUInt64BE(length, 1);
  return bytes;
}
