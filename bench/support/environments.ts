/** Executors behind one `farhand relay` on this machine, each in an environment of its own. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, connect } from '#src/index.js';
import { freshFolder, plainEnvironment } from '#test/interop/support/fresh-folder.js';
import { endedWithin, type Program, startProgram } from '#test/interop/support/program.js';
import type { Pair } from './alternation.js';
import type { DelayProxy } from './delay-proxy.js';
import { atExit } from './exit-hooks.js';
import type { ExecutorProgram } from './programs.js';

export interface Environment {
  /** Where its registry is asked. */
  readonly registryUrl: string;
  readonly environmentId: string;
  /** Of a harness. */
  readonly token: string;
}

export type Environments<Name extends string> = Readonly<Record<Name, Environment>> & AsyncDisposable;

/** What the executor and its harnesses say who they are with. */
interface Tokens {
  readonly executor: string;
  readonly harness: string;
}

const CLI = fileURLToPath(import.meta.resolve('#src/cli.js'));
/** From SIGTERM to the end of a program. */
const STOP_MS = 10_000;

/** Resolves before the executors have their links; who connects waits for that. `through`: what leads harnesses to the relay. */
export async function startEnvironments<Name extends string>(
  executors: Readonly<Record<Name, ExecutorProgram>>,
  through?: DelayProxy,
): Promise<Environments<Name>> {
  const home = await freshFolder();
  const forgetExit = atExit(() => rmSync(home.path, { recursive: true, force: true }));
  const plain = { cwd: home.path, env: plainEnvironment(home.path) };
  const tokensFile = join(home.path, 'tokens');
  const addEnvironment = async (name: Name): Promise<Tokens> => {
    const args = [CLI, 'relay', 'add', name, '--tokens', tokensFile];
    const { stdout } = await promisify(execFile)(process.execPath, args, plain);
    const [, executor = '', harness = ''] = /^executor (\S+)\nharness (\S+)\n$/.exec(stdout) ?? [];
    return { executor, harness };
  };
  const tokens = new Map<Name, Tokens>();
  for (const name of Object.keys(executors) as Name[]) tokens.set(name, await addEnvironment(name));

  const running: Program[] = [];
  const start = (path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const program = startProgram(path, args, { ...plain, env: { ...plain.env, ...env } });
    running.push(program);
    return program;
  };
  const publicly = through === undefined ? [] : ['--public-url', `http://${through.address}`];
  const relay = start(process.execPath, [
    ...[CLI, 'relay', '--listen', '127.0.0.1:0', '--tokens', tokensFile, '--quiet'],
    ...publicly,
  ]);
  const address = await relay.firstLine;
  const { hostname: host, port } = new URL(address);
  if (through !== undefined) through.target = { host, port: Number(port) };

  const environment = (name: Name, { executor, harness }: Tokens): Environment => {
    const { path, args } = executors[name];
    start(path, [...args, '--remote', address, '--environment-id', name], {
      CODEX_HOME: home.path,
      CODEX_API_KEY: executor,
    });
    const registryUrl = through === undefined ? address : `http://${through.address}`;
    return { registryUrl, environmentId: name, token: harness };
  };
  const environments = Array.from(tokens, ([name, its]) => [name, environment(name, its)] as const);
  return {
    ...(Object.fromEntries(environments) as Record<Name, Environment>),
    async [Symbol.asyncDispose]() {
      for (const program of running) program.kill('SIGTERM');
      await Promise.all(running.map((program) => endedWithin(program, STOP_MS)));
      await home[Symbol.asyncDispose]();
      forgetExit();
    },
  };
}

export interface Harnesses extends Pair<Client>, AsyncDisposable {}

/** Our own client to each; the same, so that only the executors differ. */
export async function connectHarnesses({ ours, rival }: Pair<Environment>): Promise<Harnesses> {
  const harness = ({ token, ...target }: Environment) => connect(target, { token });
  const clients = { ours: await harness(ours), rival: await harness(rival) };
  return {
    ...clients,
    async [Symbol.asyncDispose]() {
      await Promise.all([clients.ours.close(), clients.rival.close()]);
    },
  };
}
