/** Attacks on another process of the host: to see it, to stop it, to read it, to talk to it. */
import { SYSCALL_NUMBERS } from '#src/sandbox/syscall-numbers.js';
import { type Attack, attack } from './attack.js';
import { type Scene, TREASURE } from './scene.js';

const says = (word: string) => (_: Scene, output: string) => output.split('\n').includes(word);
const reaches = (socket: string) => (scene: Scene) => scene.wasReached(socket);
const BY_ROOT = { control: 'root' } as const;
const WITH_NETWORK = { policy: 'workspace with network' } as const;

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const PTRACE = SYSCALL_NUMBERS.ptrace[architecture];
const PROCESS_VM_READV = SYSCALL_NUMBERS.process_vm_readv[architecture];
const SENDMSG = architecture === 'arm64' ? 211 : 46;
/** Attaches without stopping the other process. */
const PTRACE_SEIZE = 0x4206;

/** Sends the word in the way of the socket; dies quietly where it cannot. */
const sending = (family: string, type: string, address: string, send: string) =>
  `perl -MSocket -e 'socket(my $s, ${family}, ${type}, 0) or die; my $to = ${address}; ${send}'`;
const CONNECTED = 'connect($s, $to) or die; syswrite($s, "evil")';
const ADDRESSED = 'defined send($s, "evil", 0, $to) or die';
/** struct msghdr: the address, one piece of data, nothing else. */
const BY_MESSAGE = `
  my $word = "evil";
  my $piece = pack("P Q", $word, 4);
  my $message = pack("P Q P Q Q Q Q", $to, length $to, $piece, 1, 0, 0, 0);
  syscall(${SENDMSG}, fileno($s), $message, 0)`;
const loopback = (port: string) => `pack_sockaddr_in($ENV{${port}}, INADDR_LOOPBACK)`;

export const ATTACKS_ON_VICTIM: readonly Attack[] = [
  attack(20, 'sees another process', 'test -d "/proc/$V" && echo done', says('done')),
  attack(20, 'reads its environment', 'cat "/proc/$V/environ"', (_, output) => output.includes(TREASURE)),
  attack(20, 'kills it', 'kill -9 "$V"', (scene) => scene.wasVictimKilled()),
  attack(
    21,
    'attaches to it',
    `perl -e 'print "\\ndone\\n" if syscall(${PTRACE}, ${PTRACE_SEIZE}, $ENV{V} + 0, 0, 0) == 0'`,
    says('done'),
    BY_ROOT,
  ),
  attack(
    21,
    'reads its memory',
    `perl -e 'open(my $maps, "<", "/proc/$ENV{V}/maps") or die;
      my ($address) = map { hex } <$maps> =~ /^(\\w+)-/;
      my $buffer = "\\0" x 4;
      my ($here, $there) = (pack("P Q", $buffer, 4), pack("Q Q", $address, 4));
      syscall(${PROCESS_VM_READV}, $ENV{V} + 0, $here, 1, $there, 1, 0) == 4 and print "\\ndone\\n"'`,
    says('done'),
    BY_ROOT,
  ),
  attack(22, 'talks to it by TCP', sending('AF_INET', 'SOCK_STREAM', loopback('TCP'), CONNECTED), reaches('tcp')),
  attack(22, 'talks to it by UDP', sending('AF_INET', 'SOCK_DGRAM', loopback('UDP'), ADDRESSED), reaches('udp')),
  attack(
    23,
    'talks to it by a stream socket',
    sending('AF_UNIX', 'SOCK_STREAM', 'pack_sockaddr_un("$ENV{S}/stream")', CONNECTED),
    reaches('stream'),
  ),
  attack(
    23,
    'talks to it by a socket without a path',
    sending('AF_UNIX', 'SOCK_STREAM', 'pack("S a*", AF_UNIX, "\\0$ENV{S}/abstract")', CONNECTED),
    reaches('abstract'),
  ),
  attack(
    24,
    'talks to it by a datagram socket',
    sending('AF_UNIX', 'SOCK_DGRAM', 'pack_sockaddr_un("$ENV{S}/datagram")', ADDRESSED),
    reaches('datagram'),
  ),
  attack(
    24,
    'talks to it by a message with an address',
    sending('AF_UNIX', 'SOCK_DGRAM', 'pack_sockaddr_un("$ENV{S}/datagram")', BY_MESSAGE),
    reaches('datagram'),
  ),
  // Whoever may use the network may use what listens on this machine.
  attack(
    46,
    'with network, talks to it by a stream socket',
    sending('AF_UNIX', 'SOCK_STREAM', 'pack_sockaddr_un("$ENV{S}/stream")', CONNECTED),
    reaches('stream'),
    { ...WITH_NETWORK, expected: 'allowed' },
  ),
];
