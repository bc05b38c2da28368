/** Who does what is asked of files: this program, or one that has the sandbox of the request. Source: 0.169.0, probed. */
import { realpathSync } from 'node:fs';
import type { FileTasks, Hidden } from '../pool/file-calls.js';
import type { FileWorkers } from '../pool/file-pool.js';
import { orUndefined } from '../protocol/or-undefined.js';
import type { SandboxContext } from '../protocol/sandbox.js';
import { readsWholeDisk } from '../sandbox/policy.js';
import { resolvePolicy } from '../sandbox/resolve-policy.js';
import type { HelperResults } from '../sandboxed-files/answers.js';
import type { SandboxedOperation } from '../sandboxed-files/messages.js';
import type { SandboxedFile } from '../sandboxed-files/sandboxed-file.js';
import type { Asker, HelperSession, SandboxedFiles } from '../sandboxed-files/sandboxed-files.js';
import { needsHelper } from './foresight.js';
import { OWN_IN_SANDBOXES } from './hidden-places.js';
import { removeInSandbox } from './remove-in-sandbox.js';

/** What sandboxes depend on besides the request. */
export interface SandboxHost {
  readonly helpers: Pick<SandboxedFiles, 'run' | 'open' | 'prepare'>;
  /** Of this program. */
  readonly tmpdir: string | undefined;
  /** Whether /tmp is a directory. */
  readonly hasSlashTmp: () => boolean;
  /** Absolute paths that nobody in a sandbox may look at, wherever they lead by now. */
  readonly secrets: readonly string[];
}

export type Route =
  /** With what must not be seen, where somebody asked for a sandbox that hides nothing else. */
  | { readonly by: 'us'; readonly sight: { readonly hidden?: Hidden } }
  | { readonly by: 'helper'; readonly asker: Asker };

/** As a thread says it, or as a helper does. */
export type Result<O extends SandboxedOperation> = FileTasks[O]['result'] | HelperResults[O];

export class Routes {
  readonly #workers: FileWorkers;
  readonly #host: SandboxHost;
  readonly #gone: AbortSignal;

  /** For one connection: `gone` is aborted when it ends. */
  constructor(workers: FileWorkers, host: SandboxHost, gone: AbortSignal) {
    this.#workers = workers;
    this.#host = host;
    this.#gone = gone;
  }

  /**
   * What changes nothing needs no sandbox where the whole disk can be read, and what can write the whole disk needs none at all.
   * Errors: what is wrong with the sandbox that is asked for.
   */
  of(sandbox: SandboxContext | null, access: 'reads' | 'writes', session: HelperSession): Route {
    if (sandbox === null) return { by: 'us', sight: {} };
    const { helpers, tmpdir, hasSlashTmp, secrets } = this.#host;
    const reads = access === 'reads';
    const asker = { kind: 'files', reads } as const;
    const policy = resolvePolicy(sandbox, { asker, tmpdir, hasSlashTmp: hasSlashTmp() });
    if (policy.kind !== 'confined') return { by: 'us', sight: {} };
    if (reads && readsWholeDisk(policy)) {
      if (needsHelper(policy)) helpers.prepare(session, () => policy);
      return { by: 'us', sight: { hidden: [...OWN_IN_SANDBOXES, ...secrets.map(whereItLeads)] } };
    }
    return { by: 'helper', asker: { session, policy, gone: this.#gone } };
  }

  /** Errors: what the operation says; what has begun is not broken off when the connection ends, and what has not is not done. */
  async run<O extends SandboxedOperation>(
    route: Route,
    operation: O,
    task: FileTasks[O]['task'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result<O>> {
    this.#gone.throwIfAborted();
    if (route.by === 'helper') return this.#runInSandbox(route.asker, operation, task);
    return this.#workers.run(operation, { ...task, ...route.sight }, transfer);
  }

  /** The same for opening a file: a descriptor of this program, or a file of a helper. */
  async open(route: Route, task: FileTasks['openFile']['task']): Promise<number | SandboxedFile> {
    this.#gone.throwIfAborted();
    if (route.by === 'helper') return this.#host.helpers.open(route.asker, task);
    return (await this.#workers.run('openFile', { ...task, ...route.sight })).fd;
  }

  #runInSandbox<O extends SandboxedOperation>(
    asker: Asker,
    operation: O,
    task: FileTasks[O]['task'],
  ): Promise<Result<O>> {
    const { helpers } = this.#host;
    if (operation !== 'remove') return helpers.run(asker, operation, task);
    return removeInSandbox(helpers, asker, task as FileTasks['remove']['task']) as Promise<Result<O>>;
  }
}

/** What is not there yet is hidden under the name that it has. */
const whereItLeads = (path: string): string => orUndefined(() => realpathSync.native(path)) ?? path;
