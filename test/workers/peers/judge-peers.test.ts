/** Real connections to a listener of this test, from processes of all kinds. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import type { ConnectionEnds } from '#src/transport/admission.js';
import { outcomeUnprivileged, unprivilegedUser } from '#test/support/operation-elsewhere.js';
import { judgePeers } from '#workers/peers/judge-peers.js';

/** Arguments: a word of what to do besides, address and port to connect to, and where from. Says when it is connected, ends with its input. */
const PEER = `
  use Socket qw(:all);
  my ($way, $host, $port, $from) = @ARGV;
  my $address = sub { index($_[0], ':') < 0 ? pack_sockaddr_in($_[1], inet_aton($_[0]))
    : pack_sockaddr_in6($_[1], inet_pton(AF_INET6, $_[0])) };
  my $to = $address->($host, $port);
  my $prctl = ${process.arch === 'arm64' ? 167 : 157};
  syscall($prctl, 4, 0, 0, 0, 0) == 0 or die "prctl: $!" if $way eq 'hides';
  socket(my $s, sockaddr_family($to), SOCK_STREAM, 0) or die "socket: $!";
  if ($from) { bind($s, $address->($from, 0)) or die "bind: $!"; }
  connect($s, $to) or die "connect: $!";
  close $s if $way eq 'leaves';
  syswrite(STDOUT, "connected\\n");
  sysread(STDIN, my $end, 1);
`;

interface PeerOptions {
  readonly way?: 'stays' | 'hides' | 'leaves';
  readonly listen?: string;
  readonly to?: string;
  readonly from?: string;
  /** Words in front of the program. */
  readonly within?: readonly string[];
  readonly uid?: number | undefined;
}

/** The ends of a connection that such a peer has made; it lives until the end of the test. */
async function connectionFrom(t: ExecutionContext, options: PeerOptions): Promise<ConnectionEnds> {
  const { way = 'stays', listen = '127.0.0.1', to = listen, from = '', within = [], uid } = options;
  const server = createServer({ allowHalfOpen: true }).listen(0, listen);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const words = [...within, 'perl', '-e', PEER, way, to, String(port), from];
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const peer: ChildProcess = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], ...identity });
  t.teardown(() => {
    peer.stdin!.end();
    server.close();
  });
  await once(peer.stdout!, 'data');
  const [socket] = await accepted;
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  return {
    peerAddress: socket.remoteAddress!,
    peerPort: socket.remotePort!,
    ownAddress: socket.localAddress!,
    ownPort: socket.localPort!,
  };
}

const judged = async (t: ExecutionContext, options: PeerOptions) =>
  judgePeers({ connections: [await connectionFrom(t, options)] });

const SANDBOX = ['unshare', '-U'];
const hasNamespaces = spawnSync('unshare', ['-U', 'true']).status === 0;
const here = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal);

for (const [listen, to] of [
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.1.2.3'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
  ['::', '::1'],
  ['::', '::ffff:127.0.0.1'],
] as const) {
  test(`a process of ours may connect, one in a sandbox may not: to ${to} of ${listen}`, async (t) => {
    t.deepEqual(await judged(t, { listen, to }), [true]);
    if (hasNamespaces) t.deepEqual(await judged(t, { listen, to, within: SANDBOX }), [false]);
  });
}

(hasNamespaces && here ? test : test.skip)('a sandbox is found behind another address of this machine', async (t) => {
  for (const place of [{ listen: '0.0.0.0', to: here!.address }, { from: here!.address }]) {
    t.deepEqual(await judged(t, { ...place, within: SANDBOX }), [false]);
    t.deepEqual(await judged(t, place), [true]);
  }
});

test('many are judged in one look, in their order', async (t) => {
  const kinds = [{}, { way: 'leaves' }, {}] as const;
  const connections = await Promise.all(kinds.map((kind) => connectionFrom(t, kind)));
  t.deepEqual(judgePeers({ connections }), [true, false, true]);
});

test('a peer that has closed its socket may not stay', async (t) => {
  t.deepEqual(await judged(t, { way: 'leaves' }), [false]);
});

test('a peer of our user that hides its descriptors may not connect', async (t) => {
  const uid = unprivilegedUser;
  const connections = [await connectionFrom(t, { way: 'hides', uid }), await connectionFrom(t, { way: 'stays', uid })];
  t.deepEqual(outcomeUnprivileged('judgePeers', { connections }), { done: [false, true] });
});

(process.getuid?.() === 0 ? test : test.skip)('a process of another user may connect, though it hides', async (t) => {
  t.deepEqual(await judged(t, { way: 'hides', uid: 65_534 }), [true]);
  t.deepEqual(outcomeUnprivileged('judgePeers', { connections: [await connectionFrom(t, {})] }), { done: [true] });
});

test('a peer elsewhere may connect, one of this machine that is not found may not', (t) => {
  const ends = (peerAddress: string, ownAddress: string): ConnectionEnds => ({
    peerAddress,
    // Nobody connects from here.
    peerPort: 1,
    ownAddress,
    ownPort: 2,
  });
  const connections = [
    ends('198.51.100.1', '192.0.2.1'),
    ends('2001:db8::1', '2001:db8::2'),
    ends('127.0.0.1', '127.0.0.1'),
    ends('::1', '::1'),
    ends('::ffff:127.0.0.1', '::ffff:127.0.0.1'),
    // To the loopback interface from anywhere, to an address from itself, and without an address.
    ends('198.51.100.1', '127.0.0.1'),
    ends('192.0.2.1', '192.0.2.1'),
    ends('', ''),
  ];
  t.deepEqual(judgePeers({ connections }), [true, true, false, false, false, false, false, false]);
});
