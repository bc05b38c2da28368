import test from 'ava';
import { formatSocketAddress, parseSocketAddress } from '#src/transport/socket-address.js';

for (const [text, host, port] of [
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['0.0.0.0:65535', '0.0.0.0', 65_535],
  ['[::1]:9464', '::1', 9464],
] as const) {
  test(`${text} is an address, and is written like that`, (t) => {
    t.deepEqual(parseSocketAddress(text), { host, port });
    t.is(formatSocketAddress(host, port), text);
  });
}

for (const text of ['', ':1', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', 'localhost:1', '::1:1', '[127.0.0.1]:1']) {
  test(`${JSON.stringify(text)} is none`, (t) => t.is(parseSocketAddress(text), undefined));
}
