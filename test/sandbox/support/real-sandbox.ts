/** Runs commands under plans, with the bubblewrap of this machine. Placeholders are left where they are. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readlinkSync, writeFileSync } from 'node:fs';
import {
  bwrapArguments,
  encodeOptions,
  SANDBOX_DESCRIPTORS,
  type SandboxLaunch,
} from '#src/sandbox/bwrap-arguments.js';
import type { MountPlan } from '#src/sandbox/mount-plan.js';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

/** Of Linux; Node does not name it. */
const O_PATH = 0o10000000;

export const canSandbox =
  (process.arch === 'x64' || process.arch === 'arm64') &&
  spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-user', '--unshare-pid', '--unshare-net', '/bin/true'])
    .status === 0;

/** `opened` is called between what the launch opens and its start. */
export function runSandboxed(
  plan: MountPlan,
  command: readonly string[],
  { opened: hasOpened, ...more }: Partial<SandboxLaunch> & { readonly opened?: () => void } = {},
) {
  const launch: SandboxLaunch = {
    network: 'restricted',
    keepsSession: false,
    directory: '/',
    environment: [['PATH', '/usr/bin:/bin']],
    command,
    bindsDescriptors: true,
    ...more,
  };
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('filter'), seccompFilter(process.arch as 'x64' | 'arm64', launch.network));
  writeFileSync(folder.file('options'), encodeOptions(bwrapArguments(plan, launch)));
  const descriptors = [
    openSync(folder.file('filter'), constants.O_RDONLY),
    openSync('/dev/null', constants.O_RDONLY),
    openSync(folder.file('options'), constants.O_RDONLY),
    openSync(folder.file('status'), constants.O_WRONLY | constants.O_CREAT),
    ...plan.openings.map(({ path }) => opened(path)),
  ];
  hasOpened?.();
  const words = ['--args', String(SANDBOX_DESCRIPTORS.options), '--', ...command];
  const stdio = ['ignore', 'pipe', 'pipe', ...descriptors] as const;
  const { status, stdout, stderr } = spawnSync('bwrap', words, { env: {}, stdio: [...stdio], encoding: 'utf8' });
  for (const descriptor of descriptors) closeSync(descriptor);
  return { status, stdout, stderr, statusText: folder.read('status') };
}

function opened(path: string): number {
  const descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  const led = readlinkSync(`/proc/self/fd/${descriptor}`);
  if (led !== path) throw new Error(`${path} leads to ${led}`);
  return descriptor;
}
