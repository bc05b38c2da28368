/** Attacks on what a sandbox is made of: mounts, namespaces, devices, the kernel's settings and calls. */
import { SYSCALL_NUMBERS } from '#src/sandbox/syscall-numbers.js';
import { type Attack, attack } from './attack.js';
import type { Scene } from './scene.js';

const appearsOutside = (scene: Scene) => scene.has('outside/new');
const says = (word: string) => (_: Scene, output: string) => output.split('\n').includes(word);
const BY_ROOT = { control: 'root' } as const;
const IF_BUILT = { control: 'if the kernel has it' } as const;
const WITH_NETWORK = { policy: 'workspace with network' } as const;

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const IO_URING_SETUP = SYSCALL_NUMBERS.io_uring_setup[architecture];
const AF_VSOCK = 40;
const IPPROTO_ICMP = 1;

/** In its own copy of the mounts, as far as it gets one, makes all writable and writes. */
const remounting = (unshare: string) =>
  `${unshare} sh -c 'mount -o remount,bind,rw /; mount -o remount,bind,rw "$O"; echo evil > "$O/new"'`;
/** Says `done` when the call does not fail, else why it does. */
const perl = (condition: string) => `perl -e 'print ${condition} ? "\\ndone\\n" : $!'`;
const makesSocket = (family: number, type: string, protocol = 0) =>
  perl(`socket(my $s, ${family}, ${type}, ${protocol})`);
const makesRing = perl(`syscall(${IO_URING_SETUP}, 1, my $parameters = "\\0" x 120) >= 0`);
/** getpid by its x32 number, which few kernels of x86_64 take, and which is nothing elsewhere. */
const X32 = perl('syscall(0x40000000 + 39) > 0');
const [SOCK_STREAM, SOCK_RAW, SOCK_SEQPACKET] = ['1', '3', '5'] as const;

/** Each hierarchy has a line `number:controllers:path`; there may be one for all, or one for each controller. */
const MOVES_TO_OWN_GROUP = `
  while IFS=: read -r _ kind path; do
    for root in "/sys/fs/cgroup/\${kind#name=}" /sys/fs/cgroup/unified; do
      echo $$ > "$root$path/cgroup.procs" && echo done
    done
  done < /proc/self/cgroup`;

export const ATTACKS_ON_KERNEL: readonly Attack[] = [
  attack(13, 'makes mounts writable as a new root', remounting('unshare -Urm'), appearsOutside),
  attack(13, 'makes mounts writable in a namespace of mounts', remounting('unshare -m'), appearsOutside, BY_ROOT),
  attack(14, 'makes a user namespace', 'unshare -U echo done', says('done')),
  attack(14, 'starts a sandbox of its own', 'bwrap --ro-bind / / --dev /dev echo done', says('done')),
  attack(17, 'makes a block device', 'mknod d b 7 0', (scene) => scene.has('workspace/d'), BY_ROOT),
  attack(
    17,
    'opens devices of the machine',
    'for d in vda sda nvme0n1 mem kmsg kvm fuse; do ( : < "/dev/$d" ) 2> /dev/null && echo done; done',
    says('done'),
    BY_ROOT,
  ),
  attack(
    18,
    'writes a setting of the kernel',
    'p=/proc/sys/kernel/core_pattern; v=$(cat $p); printf %s "$v" > $p && echo done',
    says('done'),
    BY_ROOT,
  ),
  // Tells it not to report when it drops caches: the one value that drops none.
  attack(18, 'has the kernel drop its caches', 'echo 4 > /proc/sys/vm/drop_caches && echo done', says('done'), BY_ROOT),
  attack(18, 'moves itself into a control group: the one where it is', MOVES_TO_OWN_GROUP, says('done'), BY_ROOT),
  attack(
    18,
    'writes a setting of a device',
    'p=/sys/module/printk/parameters/time; v=$(cat $p); printf %s "$v" > $p && echo done',
    says('done'),
    BY_ROOT,
  ),
  attack(19, 'changes its root', 'chroot / echo done', says('done'), BY_ROOT),
  attack(19, 'enters the mounts of another process', 'nsenter -t "$V" -m echo done', says('done'), BY_ROOT),
  attack(25, 'makes a netlink socket', makesSocket(16, SOCK_RAW), says('done')),
  attack(25, 'makes a packet socket', makesSocket(17, SOCK_RAW), says('done'), BY_ROOT),
  attack(25, 'makes a socket of the crypto interface', makesSocket(38, SOCK_SEQPACKET), says('done'), IF_BUILT),
  attack(
    25,
    'makes a socket to the host of a virtual machine',
    makesSocket(AF_VSOCK, SOCK_STREAM),
    says('done'),
    IF_BUILT,
  ),
  attack(
    26,
    'with network, makes a socket to the host of a virtual machine',
    makesSocket(AF_VSOCK, SOCK_STREAM),
    says('done'),
    { ...WITH_NETWORK, ...IF_BUILT },
  ),
  attack(26, 'with network, makes a ring of requests', makesRing, says('done'), { ...WITH_NETWORK, ...IF_BUILT }),
  attack(27, 'makes a ring of requests', makesRing, says('done'), IF_BUILT),
  attack(28, 'calls by numbers of the other ABI of its processor', X32, says('done'), IF_BUILT),
  attack(29, 'can gain privileges', 'cat /proc/self/status', (_, output) => /^NoNewPrivs:\s*0$/m.test(output)),
  attack(29, 'has capabilities', 'cat /proc/self/status', (_, output) =>
    /^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s*\w*[1-9a-f]/m.test(output),
  ),
  attack(
    29,
    'becomes the owner of a program that is lent',
    '"$O/../id" -u',
    (scene, output) => output.split('\n').includes(String(scene.stranger)),
    { control: 'if root has made the scene' },
  ),
  attack(29, 'becomes another user', "su -s /bin/sh nobody -c 'echo done'", says('done'), BY_ROOT),
  attack(29, 'mounts', 'mount -t tmpfs none "$W/sub" && { echo done; umount "$W/sub"; }', says('done'), BY_ROOT),
  attack(29, 'makes packets as ping does', makesSocket(2, SOCK_RAW, IPPROTO_ICMP), says('done'), BY_ROOT),
  attack(36, 'leaves a file in shared memory', 'echo evil > "/dev/shm/$NAME"', (scene) => scene.hasSharedMemory()),
];
