/** From what bubblewrap complains of to what its owner can do. */

/** Settings of the kernel as text, where it has them: see KERNEL_SETTINGS. */
export interface KernelSettings {
  readonly userNamespacesForAll: string | undefined;
  readonly appArmorRestricts: string | undefined;
  readonly mostUserNamespaces: string | undefined;
}

export const KERNEL_SETTINGS: Readonly<Record<keyof KernelSettings, string>> = {
  /** Debian's own, 0 or 1. */
  userNamespacesForAll: '/proc/sys/kernel/unprivileged_userns_clone',
  /** Ubuntu's own since 23.10, 0 or 1. */
  appArmorRestricts: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
  mostUserNamespaces: '/proc/sys/user/max_user_namespaces',
};

const CONTAINER =
  'in a container, let it make user namespaces: start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`';

/** `complaint`: first line of bubblewrap's stderr. Undefined when it is none that we know. */
export function remedyFor(complaint: string, settings: KernelSettings, uid: number): string | undefined {
  if (/No permissions to creat|Creating new namespace failed|uid map|gid map|RTM_NEWADDR/i.test(complaint)) {
    return namespaceRemedy(complaint, settings, uid);
  }
  if (/SECCOMP/i.test(complaint)) return 'the kernel needs seccomp filters (CONFIG_SECCOMP_FILTER)';
  if (/setuid/i.test(complaint)) return 'remove the setuid bit or install the package of the distribution';
  return undefined;
}

/** The narrowest cause first: each of these settings forbids user namespaces by itself. */
function namespaceRemedy(complaint: string, settings: KernelSettings, uid: number): string {
  if (settings.mostUserNamespaces === '0') return 'allow user namespaces with `sysctl user.max_user_namespaces=15000`';
  if (settings.userNamespacesForAll === '0' && uid !== 0) {
    return 'allow user namespaces with `sysctl kernel.unprivileged_userns_clone=1`';
  }
  if (settings.appArmorRestricts === '1' && uid !== 0) {
    return 'allow them with an AppArmor profile for bwrap, or with `sysctl kernel.apparmor_restrict_unprivileged_userns=0`';
  }
  if (/ENOSPC|nesting depth/.test(complaint)) {
    return 'raise `sysctl user.max_user_namespaces` and its siblings here and, in a container, on its host';
  }
  if (/uid map|gid map/.test(complaint) && uid === 0) {
    return `give this root CAP_SETFCAP, or run as an ordinary user; ${CONTAINER}`;
  }
  return CONTAINER;
}
