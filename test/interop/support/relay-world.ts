import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, connect } from '#src/index.js';
import { type Codex, type CodexOptions, codexOn } from './codex-exec.js';
import { freshFolder, plainEnvironment } from './fresh-folder.js';
import { installedProgram } from './install.js';
import { endedWithin, type Program, startProgram } from './program.js';
import { type RelayTap, startRelayTap } from './relay-tap.js';
import { CURRENT_RELEASE, type Release } from './releases.js';

const ENVIRONMENT = 'env-1';
const STOP_MS = 10_000;
const [CLI, SERVER] = ['#src/cli.js', '#src/server.js'].map((name) => fileURLToPath(import.meta.resolve(name)));

/** Whose executor. */
export type Maker = 'codex' | 'farhand';
export const MAKERS: readonly Maker[] = ['codex', 'farhand'];

export interface HarnessOptions extends Omit<CodexOptions, 'env'> {
  readonly release?: Release;
  readonly token?: string;
}

/** `farhand relay` as a program, all that passes through it, and executors and clients that meet there. */
export interface RelayWorld extends AsyncDisposable {
  readonly tap: RelayTap;
  /** What the programs have said, relays and executors. */
  readonly said: string;
  /** Ends it and starts another one in its place, with the same tokens. */
  restartRelay(): Promise<void>;
  readonly tokens: Readonly<Record<'executor' | 'harness', string>>;
  /** An executor; ends with the world. */
  launchExecutor(maker: Maker, token: string): Promise<Program>;
  /** The same with the right token, as soon as it has a link. */
  startExecutor(maker?: Maker): Promise<Program>;
  /** A real harness. */
  harness(options?: HarnessOptions): Codex;
  /** The variables that tell a harness where the executor is. */
  readonly variables: Readonly<Record<string, string>>;
  /** Our client. */
  connect(): Promise<Client>;
}

export async function openRelayWorld(): Promise<RelayWorld> {
  const path = await installedProgram(CURRENT_RELEASE);
  const home = await freshFolder();
  const file = join(home.path, 'tokens');
  const made = await promisify(execFile)(process.execPath, [CLI!, 'relay', 'add', ENVIRONMENT, '--tokens', file]);
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
    const relay = startProgram(process.execPath, [CLI!, 'relay', ...options], plain);
    relays.push(relay);
    tap.relay = await relay.firstLine;
  };
  await startRelay();

  const launchExecutor = async (maker: Maker, token: string): Promise<Program> => {
    const where = ['--remote', tap.url, '--environment-id', ENVIRONMENT];
    const env = { ...plain.env, CODEX_HOME: home.path, CODEX_API_KEY: token };
    const program =
      maker === 'codex'
        ? startProgram(path, ['exec-server', ...where], { ...plain, env })
        : startProgram(process.execPath, [SERVER!, ...where], { ...plain, env });
    programs.push(program);
    return program;
  };
  const variablesOf = (token: string) => ({
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: tap.url,
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: ENVIRONMENT,
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: token,
  });
  return {
    tap,
    get said() {
      return [...relays, ...programs].map(({ stdout, stderr }) => `${stdout}${stderr}`).join('');
    },
    restartRelay: async () => {
      for (const relay of relays) await end(relay);
      await startRelay();
    },
    tokens: { executor, harness },
    launchExecutor,
    startExecutor: async (maker = 'codex') => {
      const linked = tap.linked('executor');
      const program = await launchExecutor(maker, executor);
      await Promise.race([linked, program.ended.then(() => Promise.reject(new Error(program.stderr)))]);
      return program;
    },
    harness: ({ release = CURRENT_RELEASE, token = harness, ...options } = {}) =>
      codexOn(release, '', { ...options, env: variablesOf(token) }),
    variables: variablesOf(harness),
    connect: () => connect(`${tap.url}/${ENVIRONMENT}`, { token: harness }),
    async [Symbol.asyncDispose]() {
      for (const program of [...programs, ...relays]) await end(program);
      await tap[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
