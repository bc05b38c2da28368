/** An executor of one user, and what it is asked for an attack. It serves one attack after the other, and must outlive all. */
import { chownSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExecutorProgram } from '#test/support/executor-program.js';
import type { ProcessRecord } from '#test/support/process-record.js';
import { RpcClient, type StartOptions } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { type AttackPolicy, sandboxOf } from './attack.js';
import { type Scene, TREASURE, type User } from './scene.js';

/** `none`: as a control. */
export type AttackerPolicy = AttackPolicy | 'none';

export class Attacker implements AsyncDisposable {
  /** The treasure is in its environment, too. */
  readonly executor: ExecutorProgram;
  readonly client: RpcClient;
  readonly #home: TemporaryFolder;
  #started = 0;

  static async open({ uid, gid }: User): Promise<Attacker> {
    const home = new TemporaryFolder();
    chownSync(home.path, uid, gid);
    const executor = await ExecutorProgram.start({ uid, env: { HOME: home.path, TREASURE } });
    return new Attacker(executor, await RpcClient.connect(executor.url), home);
  }

  private constructor(executor: ExecutorProgram, client: RpcClient, home: TemporaryFolder) {
    this.executor = executor;
    this.client = client;
    this.#home = home;
  }

  /** Starts a script in the workspace of the scene, whose variables it has. Out: the id of its process. */
  async start(scene: Scene, policy: AttackerPolicy, script: string, options: StartOptions = {}): Promise<string> {
    const id = `attack-${this.#started++}`;
    const { W } = scene.variables;
    await this.client.shell(id, script, {
      cwd: `file://${W}`,
      ...options,
      env: { HOME: dirname(W), ...scene.variables, ...options.env },
      more: { sandbox: sandboxFor(policy, scene), ...options.more },
    });
    return id;
  }

  /** Runs a script to its end. */
  async run(scene: Scene, policy: AttackerPolicy, script: string, options: StartOptions = {}): Promise<ProcessRecord> {
    return this.client.closed(await this.start(scene, policy, script, options));
  }

  /** Asks for a file operation. Rejects with `RpcFailure`. */
  call(scene: Scene, policy: AttackerPolicy, method: string, params: object): ReturnType<RpcClient['call']> {
    return this.client.call(method, { sandbox: sandboxFor(policy, scene), ...params });
  }

  /** That it still serves: what a command without a sandbox says. */
  async serves(scene: Scene): Promise<string> {
    return (await this.run(scene, 'none', 'printf served')).output().toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.executor[Symbol.asyncDispose]();
    this.#home[Symbol.dispose]();
  }
}

const sandboxFor = (policy: AttackerPolicy, scene: Scene) =>
  policy === 'none' ? null : sandboxOf(policy, scene.variables.W);
