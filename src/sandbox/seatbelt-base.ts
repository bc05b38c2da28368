/**
 * The parts of a macOS sandbox profile that no policy changes. Source: our own, from the same list of needs as the reference's;
 * not run by us on a Mac.
 */

const names = (filter: string, values: readonly string[]): string =>
  values.map((value) => `\n  (${filter} "${value}")`).join('');

/** What programs ask about the machine when they start; nothing of it can be changed here. */
const SYSCTL_NAMES = [
  ...['activecpu', 'busfrequency_compat', 'byteorder', 'cacheconfig', 'cachelinesize_compat', 'cpufamily'],
  ...['cpufrequency_compat', 'cputype', 'l1dcachesize_compat', 'l1icachesize_compat', 'l2cachesize_compat'],
  ...['l3cachesize_compat', 'logicalcpu', 'logicalcpu_max', 'machine', 'memsize', 'model', 'ncpu', 'nperflevels'],
  ...['packages', 'pagesize', 'pagesize_compat', 'physicalcpu', 'physicalcpu_max', 'tbfrequency_compat', 'vectorunit'],
].map((name) => `hw.${name}`);
const KERNEL_NAMES = [
  ...[
    'argmax',
    'hostname',
    'maxfilesperproc',
    'maxproc',
    'osproductversion',
    'osrelease',
    'ostype',
    'osvariant_status',
  ],
  ...['osversion', 'secure_kernel', 'usrstack64', 'version'],
].map((name) => `kern.${name}`);
const OTHER_NAMES = ['sysctl.proc_cputype', 'vm.loadavg'];

/** Programs run and look after their own; files and the network are not spoken of. */
export const BASE = `(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow file-write-data
  (require-all (path "/dev/null") (vnode-type CHARACTER-DEVICE)))
(allow sysctl-read${names('sysctl-name', [...SYSCTL_NAMES, ...KERNEL_NAMES, ...OTHER_NAMES])}
  (sysctl-name-prefix "hw.optional.")
  (sysctl-name-prefix "hw.perflevel"))
(allow ipc-posix-sem)
(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))
(allow file-read* file-write*
  (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))
(allow file-ioctl (regex #"^/dev/ttys[0-9]+$"))
(allow user-preference-read)
(allow mach-lookup${names('global-name', ['com.apple.cfprefsd.agent', 'com.apple.cfprefsd.daemon'])}
  (local-name "com.apple.cfprefsd.agent"))
(allow ipc-posix-shm-read* (ipc-posix-name-prefix "apple.cfprefs."))
`;

/** What programs need to run at all: the system without what belongs to users. In place of /lib and /etc on Linux. */
export const PLATFORM_READS = `(allow file-read*
  (literal "/")${names('subpath', [
    ...['/bin', '/sbin', '/usr', '/System', '/Library/Apple', '/Library/Developer/CommandLineTools'],
    ...['/Library/Frameworks', '/Library/Preferences/Logging', '/private/etc', '/private/var/db/dyld'],
    ...['/private/var/db/timezone', '/private/var/select', '/dev/fd'],
  ])}${names('literal', ['/etc', '/var', '/tmp', '/dev', '/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/tty'])})
`;

/** Connections in both directions, names of hosts and the trust in their certificates. */
export const NETWORK = `(allow network-outbound)
(allow network-inbound)
(allow mach-lookup${names('global-name', [
  ...['com.apple.SystemConfiguration.configd', 'com.apple.SystemConfiguration.DNSConfiguration', 'com.apple.networkd'],
  ...[
    'com.apple.mDNSResponder',
    'com.apple.SecurityServer',
    'com.apple.ocspd',
    'com.apple.trustd',
    'com.apple.trustd.agent',
  ],
])})
(allow system-socket
  (require-all (socket-domain AF_SYSTEM) (socket-protocol 2)))
`;
