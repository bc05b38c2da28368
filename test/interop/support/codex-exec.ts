import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshFolder, plainEnvironment } from './fresh-folder.js';
import { installedProgram } from './install.js';
import { type ModelRequest, startMockModel } from './mock-model.js';
import { endedWithin, type Program, startProgram } from './program.js';
import type { Release } from './releases.js';
import type { Script } from './script.js';

/** A client of one release, set up to run its commands on one executor. */
export interface Codex {
  readonly release: Release;
  /** One session with a model that follows `script`; gives what the script returned.
   *  Errors: the script's own or the client's, with the client's output; a session that takes over a minute is killed. */
  run<Result>(script: Script<Result>): Promise<Result>;
  /** As `run`; gives all that the model was told, too. */
  converse<Result>(script: Script<Result>): Promise<Conversation<Result>>;
}

export interface Conversation<Result> {
  readonly result: Result;
  /** One request per step of the script and one for the model's last word. */
  readonly requests: readonly ModelRequest[];
}

const SESSION_MS = 60_000;

export interface CodexOptions {
  /** The folder it works in; an empty one of its own where there is none. */
  readonly cwd?: string;
  /** Features to switch on that are off by default. */
  readonly features?: readonly string[];
  /** What its commands may do; everything by default. */
  readonly confinement?: Confinement;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another folder in the place of one, for the client alone: so all that it knows of that one it has from its executor. */
  readonly elsewhere?: { readonly at: string; readonly shows: string };
  /** Called with the client's program when it has been started. */
  readonly started?: (program: Program) => void;
}

/** Lines of the client's configuration that say what commands may do: settings of the top, and tables of their own. */
export interface Confinement {
  readonly settings: string;
  readonly tables?: string;
}

const UNCONFINED: Confinement = { settings: 'sandbox_mode = "danger-full-access"' };

/** The real `codex exec` of a release, unattended and with full access unless `options` say otherwise, on the executor at `serverUrl`. */
export const codexOn = (release: Release, serverUrl: string, options: CodexOptions = {}): Codex => ({
  release,
  run: async (script) => (await converse(release, serverUrl, options, script)).result,
  converse: (script) => converse(release, serverUrl, options, script),
});

async function converse<Result>(
  release: Release,
  serverUrl: string,
  { cwd, features = [], confinement = UNCONFINED, env = {}, elsewhere, started = () => {} }: CodexOptions,
  script: Script<Result>,
): Promise<Conversation<Result>> {
  const path = await installedProgram(release);
  await using model = await startMockModel(script);
  await using home = await freshFolder();
  const codexHome = join(home.path, 'codex');
  const work = join(home.path, 'work');
  await Promise.all([mkdir(codexHome), mkdir(work)]);
  await writeFile(join(codexHome, 'config.toml'), configuration(model.url, features, confinement));
  const own = [path, 'exec', '--skip-git-repo-check', 'run it'];
  const [file = '', ...args] = elsewhere === undefined ? own : [...among(elsewhere, cwd ?? work), ...own];
  const program = startProgram(file, args, {
    cwd: cwd ?? work,
    env: {
      ...plainEnvironment(home.path),
      CODEX_HOME: codexHome,
      CODEX_EXEC_SERVER_URL: serverUrl,
      MOCK_KEY: 'any',
      ...env,
    },
  });
  started(program);
  const { code } = await endedWithin(program, SESSION_MS);
  try {
    if (code === 0) return { result: model.result(), requests: model.requests };
    // A script that failed makes the client fail, and its error says more.
    model.result();
    throw new Error(`ended with ${code}`);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`codex ${release}: ${reason}\n${program.stdout}\n${program.stderr}`, { cause: error });
  }
}

/** Runs what follows with mounts of its own. */
const among = ({ at, shows }: NonNullable<CodexOptions['elsewhere']>, cwd: string): readonly string[] => [
  ...['bwrap', '--die-with-parent', '--dev-bind', '/', '/'],
  ...['--bind', shows, at, '--chdir', cwd],
];

const configuration = (modelUrl: string, features: readonly string[], { settings, tables }: Confinement): string => `
model = "gpt-5-codex"
model_provider = "mock"
approval_policy = "never"
${settings}

[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 0
stream_max_retries = 0

[features]
unified_exec = true
${features.map((feature) => `${feature} = true`).join('\n')}

${tables ?? ''}
`;
