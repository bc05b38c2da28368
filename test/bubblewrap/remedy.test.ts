import test from 'ava';
import { type KernelSettings, remedyFor } from '#src/bubblewrap/remedy.js';

const NONE: KernelSettings = {
  userNamespacesForAll: undefined,
  appArmorRestricts: undefined,
  mostUserNamespaces: '15000',
};
const FORBIDDEN =
  'bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.';
const FULL = 'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)';
const UNMAPPED = 'bwrap: setting up uid map: Permission denied';
const LOOPBACK = 'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted';

const cases: [complaint: string, settings: Partial<KernelSettings>, uid: number, remedy: RegExp][] = [
  [FORBIDDEN, { userNamespacesForAll: '0' }, 1000, /kernel\.unprivileged_userns_clone=1/],
  [FORBIDDEN, { userNamespacesForAll: '0' }, 0, /seccomp=unconfined/],
  [FORBIDDEN, { userNamespacesForAll: '1' }, 1000, /seccomp=unconfined/],
  [FORBIDDEN, { appArmorRestricts: '1' }, 1000, /apparmor_restrict_unprivileged_userns=0/],
  [UNMAPPED, { appArmorRestricts: '1' }, 1000, /apparmor_restrict_unprivileged_userns=0/],
  [LOOPBACK, { appArmorRestricts: '1' }, 1000, /apparmor_restrict_unprivileged_userns=0/],
  [LOOPBACK, { appArmorRestricts: '0' }, 1000, /seccomp=unconfined/],
  [FULL, { mostUserNamespaces: '0' }, 0, /user\.max_user_namespaces=15000/],
  [FULL, {}, 0, /raise `sysctl user\.max_user_namespaces`/],
  [UNMAPPED, {}, 0, /CAP_SETFCAP/],
  ['bwrap: prctl(PR_SET_SECCOMP): Invalid argument', {}, 0, /CONFIG_SECCOMP_FILTER/],
];

for (const [complaint, settings, uid, remedy] of cases) {
  test(`'${complaint.slice(0, 50)}' of uid ${uid} where ${JSON.stringify(settings)}: ${remedy}`, (t) => {
    t.regex(remedyFor(complaint, { ...NONE, ...settings }, uid) ?? '', remedy);
  });
}

test('what nobody knows has no remedy', (t) => t.is(remedyFor('bwrap: the moon is full', NONE, 0), undefined));
