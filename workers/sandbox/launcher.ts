/** Makes launches of confined programs: the one way in which a worker starts anything under a policy. */
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { Enforcement, LaunchPlan } from '#src/pool/calls.js';
import { internalError, type RpcError } from '#src/protocol/errors.js';
import { accessOf, nearest } from '#src/sandbox/access.js';
import { bwrapArguments, encodeOptions, SANDBOX_DESCRIPTORS } from '#src/sandbox/bwrap-arguments.js';
import { deniedByGlobs } from '#src/sandbox/denied-by-globs.js';
import { followLinks } from '#src/sandbox/follow-links.js';
import { hidePlaceholders } from '#src/sandbox/hide-placeholders.js';
import { type MountPlan, planMounts } from '#src/sandbox/mount-plan.js';
import { stillHolds } from '#src/sandbox/observations.js';
import { isWithin } from '#src/sandbox/paths.js';
import type { Network } from '#src/sandbox/policy.js';
import { commandTooLarge, nulInLaunch } from '#src/sandbox/policy-errors.js';
import { sealOwn } from '#src/sandbox/seal-own.js';
import type { Launch, Spawner } from '../spawner.js';
import { canonicalDirectory } from './canonical-directory.js';
import { type CommandWords, commandWords } from './command-words.js';
import { realDisk } from './disk.js';
import { fitsExec } from './exec-size.js';
import { LivingSandbox } from './living-sandbox.js';
import { openForBind } from './open-for-bind.js';
import { killOrphanedSandboxes } from './orphaned-sandboxes.js';
import { ownProgram } from './own-program.js';
import { type Lease, Placeholders } from './placeholders.js';
import { FilterFiles, privateFile } from './private-files.js';
import { runtimeDirectory } from './runtime-directory.js';
import { StatusPipe } from './status-pipe.js';

/** What is to run. */
export interface Wish extends Omit<LaunchPlan, 'confinement'> {
  /** What it must be able to read, see GroundFacts, and must not be able to write. */
  readonly needs: readonly string[];
  readonly network: Network;
  /**
   * For a program of ours that does what others ask for: it keeps nothing of its own, and leaves nothing on the host while it runs.
   * What it must see to by itself stands behind its arguments, see `withheld` of MountPlan.
   */
  readonly forOthers?: boolean;
}

export interface ConfinedLaunch {
  readonly launch: Launch;
  readonly plan: MountPlan;
  /** To be called once when the spawner has returned, whatever became of it: our copies of the child's descriptors are closed. */
  handedOver(): void;
  /** It runs, with this leader. */
  started(leader: number): LivingSandbox;
  /** Nothing was started. */
  abandoned(): void;
}

/** How often a launch is planned when the disk changes meanwhile, as it does when many begin at once. */
const ATTEMPTS = 10;
/** Looking through all processes takes some ms, which the first command need not wait for. */
const ORPHANS_MS = 1000;

export class Launcher {
  readonly #spawner: Spawner;
  readonly #secrets: readonly string[];
  readonly #remembered = new Set<string>();
  readonly #filters: FilterFiles;
  #placeholders: Placeholders | undefined;
  #empty: number | undefined;
  readonly #program = ownProgram();

  /** `secrets`: see AttachTask. `placeholders` is for tests. */
  constructor(spawner: Spawner, secrets: readonly string[], placeholders?: Placeholders) {
    this.#spawner = spawner;
    this.#secrets = secrets;
    this.#filters = new FilterFiles(spawner);
    this.#placeholders = placeholders;
  }

  /** Removes what executors that were killed have left behind, if sandboxes were ever used here; of processes a little later. */
  sweep(): void {
    if (!existsSync(runtimeDirectory())) return;
    this.#registry();
    setTimeout(killOrphanedSandboxes, ORPHANS_MS).unref();
  }

  /** Programs may plant links there from now on. What is not there, nobody can write. */
  remember(writable: readonly string[]): void {
    for (const path of writable) {
      const way = followLinks(path, realDisk);
      if (way.end === 'there' && way.object === 'directory') this.#remembered.add(way.path);
    }
  }

  /**
   * All that can be known before the start has been decided and opened. To be given to the spawner at once.
   * Errors, an RpcError each: what policy, directory and command have against them; -32603 when the system refuses something.
   */
  prepare(wish: Wish, enforcement: Enforcement): ConfinedLaunch {
    const directory = canonicalDirectory(wish.directory);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const prepared = this.#attempt(wish, directory, enforcement);
      if (prepared !== 'changed') return prepared;
    }
    throw internalError('sandbox unavailable: the places that its policy speaks of change too fast');
  }

  /** Whether the plan would be the same today, but for what it is about. */
  stillHolds({ policy }: Enforcement, plan: MountPlan): boolean {
    const disk = hidePlaceholders(realDisk, this.#registry().living());
    if (!stillHolds(plan.observations, disk)) return false;
    const denied = policy.kind === 'confined' ? deniedByGlobs(policy.globs, policy.globDepth, disk) : [];
    return denied.length === plan.globDenied.length && denied.every(({ path }, at) => path === plan.globDenied[at]);
  }

  close(): void {
    this.#filters.close();
    if (this.#empty !== undefined) closeSync(this.#empty);
    this.#empty = undefined;
  }

  #attempt(wish: Wish, directory: string, enforcement: Enforcement): ConfinedLaunch | 'changed' {
    const { policy, bubblewrap } = enforcement;
    const placeholders = this.#registry();
    const { path, signalEnv } = bubblewrap;
    // All of it runs outside of any sandbox.
    const kept = [...this.#program, path, ...(signalEnv === undefined ? [] : [signalEnv])];
    const facts = {
      kept,
      secrets: [...this.#secrets, placeholders.directory],
      needs: wish.needs,
      remembered: this.#remembered,
      ownProcesses: bubblewrap.ownProcesses,
      placeholders: placeholders.living(),
      leavesNoMarks: wish.forOthers ?? false,
    };
    const planned = planMounts(policy, realDisk, facts);
    refuseWritable([...wish.needs, ...kept], planned);
    const plan = wish.forOthers ? sealOwn(planned) : planned;
    // Without processes of its own a sandbox ends like any command: by its group, which a session of its own would leave.
    const endsByGroup = plan.isolation === 'network';
    const words = commandWords(
      { ...wish, argv: [...wish.argv, ...plan.withheld], keepsSession: wish.stdio === 'terminal' || endsByGroup },
      bubblewrap,
      (program) => readableIn(plan, program),
    );
    // It stands among the options, where a NUL would be the end of one and the beginning of the next.
    if (wish.arg0?.includes('\0')) throw nulInLaunch('argument');
    const options = bwrapArguments(plan, {
      network: wish.network,
      keepsSession: words.keepsSession || endsByGroup,
      directory,
      environment: wish.environment,
      command: words.command,
      bindsDescriptors: bubblewrap.bindsDescriptors,
    });
    if (!fitsExec(words.command, [...wish.environment, ['PWD', directory]])) throw commandTooLarge();
    const lease = placeholders.acquire(plan.placeholders);
    if (lease === 'changed') return 'changed';
    try {
      const opened = this.#open(plan, [...words.options, ...options], wish.network, bubblewrap.bindsDescriptors);
      if (opened === 'changed') {
        lease.release();
        return 'changed';
      }
      for (const writable of plan.writableDirectories) this.#remembered.add(writable);
      return confinedLaunch(wish, enforcement, { plan, words, lease, opened }, this.#spawner);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  #open(plan: MountPlan, options: readonly string[], network: Network, bindsDescriptors: boolean): Opened | 'changed' {
    const binds = openForBind(plan.openings);
    if (binds === 'changed') return 'changed';
    const ours = [...binds];
    try {
      const seccomp = this.#filters.open(network);
      ours.push(seccomp);
      const optionsFile = privateFile(this.#spawner, encodeOptions(options));
      ours.push(optionsFile);
      this.#empty ??= openSync('/dev/null', constants.O_RDONLY);
      const status = this.#spawner.createPipe();
      ours.push(status.write);
      return {
        // In the order of SANDBOX_DESCRIPTORS.
        descriptors: [seccomp, this.#empty, optionsFile, status.write, ...(bindsDescriptors ? binds : [])],
        ours,
        status: new StatusPipe(status.read),
      };
    } catch (error) {
      for (const each of ours) closeSync(each);
      throw error;
    }
  }

  /** Made at the first use: where nobody asks for a sandbox nothing is made on the disk. */
  #registry(): Placeholders {
    if (this.#placeholders === undefined) {
      this.#placeholders = new Placeholders();
      this.#placeholders.sweep();
    }
    return this.#placeholders;
  }
}

interface Opened {
  /** For the child, from its 3 on. */
  readonly descriptors: readonly number[];
  /** Those of them that are of this launch alone, to be closed. */
  readonly ours: readonly number[];
  readonly status: StatusPipe;
}

interface Decided {
  readonly plan: MountPlan;
  readonly words: CommandWords;
  readonly lease: Lease;
  readonly opened: Opened;
}

function confinedLaunch(
  { stdio }: Wish,
  { bubblewrap }: Enforcement,
  { plan, words, lease, opened }: Decided,
  spawner: Spawner,
): ConfinedLaunch {
  const reap = spawner.adopts ? (first: number) => spawner.reapAdopted(first) : undefined;
  const { before, command } = words;
  const argv = [...before, bubblewrap.path, '--args', String(SANDBOX_DESCRIPTORS.options), '--', ...command];
  return {
    // Variables of the command could change how bubblewrap itself is loaded: it gets none, and sets them for the command.
    launch: { file: argv[0]!, argv, environment: [], directory: '/', stdio, descriptors: opened.descriptors },
    plan,
    handedOver() {
      for (const descriptor of opened.ours) closeSync(descriptor);
    },
    started: (leader) => new LivingSandbox({ leader, status: opened.status, lease, isolation: plan.isolation, reap }),
    abandoned() {
      opened.status.close();
      lease.release();
    },
  };
}

/** Where the program is, without links, if the sandbox has the same one. */
function readableIn({ access }: MountPlan, program: string): string | undefined {
  const way = followLinks(program, realDisk);
  return way.end === 'there' && way.object === 'file' && accessOf(access, way.path) !== 'deny' ? way.path : undefined;
}

/**
 * What enforces the policy, or answers for it, must not be something that the policy lets others change. Where the whole disk is
 * given there is nothing that could not be changed, and whoever gives it knows.
 */
function refuseWritable(needs: readonly string[], { access }: MountPlan): void {
  for (const need of needs) {
    const way = followLinks(need, realDisk);
    if (way.end !== 'there') continue;
    const around = nearest(access, way.path);
    const isWritable =
      (around.access === 'write' && around.path !== '/') ||
      [...access.values()].some((rule) => rule.access === 'write' && isWithin(rule.path, way.path));
    if (isWritable) throw writableNeed(need);
  }
}

const writableNeed = (path: string): RpcError =>
  internalError(
    `sandbox unavailable: the policy makes ${path} writable, which belongs to what enforces it; install that in another place`,
  );
