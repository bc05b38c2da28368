import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Codex, codexOn } from './codex-exec.js';
import { freshFolder, plainEnvironment } from './fresh-folder.js';
import { installedProgram } from './install.js';
import { endedWithin, type Program, startProgram } from './program.js';
import { type RelayTap, startRelayTap } from './relay-tap.js';
import { CURRENT_RELEASE } from './releases.js';

const ENVIRONMENT = 'env-1';
const STOP_MS = 10_000;
const CLI = fileURLToPath(import.meta.resolve('#src/cli.js'));

/** `farhand relay` as a program, all that passes through it, and real executors and harnesses that meet there. */
export interface RelayWorld extends AsyncDisposable {
  readonly tap: RelayTap;
  /** What it has said, all that ran. */
  readonly said: string;
  /** Ends it and starts another one in its place, with the same tokens. */
  restartRelay(): Promise<void>;
  readonly tokens: Readonly<Record<'executor' | 'harness', string>>;
  /** A real executor; ends with the world. */
  launchExecutor(token: string): Promise<Program>;
  /** The same with the right token, as soon as it has a link. */
  startExecutor(): Promise<Program>;
  /** A real harness. */
  harness(token?: string): Codex;
}

export async function openRelayWorld(): Promise<RelayWorld> {
  const path = await installedProgram(CURRENT_RELEASE);
  const home = await freshFolder();
  const file = join(home.path, 'tokens');
  const made = await promisify(execFile)(process.execPath, [CLI, 'relay', 'add', ENVIRONMENT, '--tokens', file]);
  const [, executor = '', harness = ''] = /^executor (\S+)\nharness (\S+)\n$/.exec(made.stdout) ?? [];
  const tap = await startRelayTap();
  const plain = { cwd: home.path, env: plainEnvironment(home.path) };
  const programs: Program[] = [];
  const relays: Program[] = [];
  const end = async (program: Program) => {
    program.kill('SIGTERM');
    await endedWithin(program, STOP_MS);
  };
  const startRelay = async () => {
    const options = ['--listen', '127.0.0.1:0', '--tokens', file, '--public-url', tap.url];
    const relay = startProgram(process.execPath, [CLI, 'relay', ...options], plain);
    relays.push(relay);
    tap.relay = await relay.firstLine;
  };
  await startRelay();

  const launchExecutor = async (token: string): Promise<Program> => {
    const args = ['exec-server', '--remote', tap.url, '--environment-id', ENVIRONMENT];
    const env = { ...plain.env, CODEX_HOME: home.path, CODEX_API_KEY: token };
    const program = startProgram(path, args, { ...plain, env });
    programs.push(program);
    return program;
  };
  return {
    tap,
    get said() {
      return relays.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('');
    },
    restartRelay: async () => {
      for (const relay of relays) await end(relay);
      await startRelay();
    },
    tokens: { executor, harness },
    launchExecutor,
    startExecutor: async () => {
      const linked = tap.executorLinked();
      const program = await launchExecutor(executor);
      await Promise.race([linked, program.ended.then(() => Promise.reject(new Error(program.stderr)))]);
      return program;
    },
    harness: (token = harness) =>
      codexOn(CURRENT_RELEASE, '', {
        env: {
          CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: tap.url,
          CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: ENVIRONMENT,
          CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: token,
        },
      }),
    async [Symbol.asyncDispose]() {
      for (const program of [...programs, ...relays]) await end(program);
      await tap[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
