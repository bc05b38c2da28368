/** The executor as a program: wires the transports to the executor, and ends them together. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Executor, type ExecutorOptions } from './executor.js';
import { type Observation, observe } from './observation/observe.js';
import { type CommonOptions, type ListenOptions, parseServeArguments, type RemoteOptions } from './options/serve.js';
import { UsageError } from './options/usage-error.js';
import type { SpawnerChoice } from './pool/calls.js';
import { causeChain } from './protocol/cause-chain.js';
import { faultText } from './protocol/fault-text.js';
import { CONNECTIONS, SPARE_SOCKETS } from './protocol/limits.js';
import { logLine } from './protocol/log-line.js';
import { endOnFault } from './serving/last-fault.js';
import { ProgramLife, type Work } from './serving/program-life.js';
import { stdinClosed } from './serving/stdin-closed.js';
import { BearerCheck } from './transport/bearer-check.js';
import { type Listener, listen } from './transport/listen.js';
import { StartupError } from './transport/startup-error.js';
import { connectStdio } from './transport/stdio.js';
import type { WsAuthPlan } from './transport/ws-auth-options.js';

export { Executor, type ExecutorOptions } from './executor.js';
export type { ExecutorLimits } from './limits/executor-limits.js';
export type { ExecutorEvent, Observer } from './observation/executor-event.js';
export { type Listener, type ListenOptions, listen } from './transport/listen.js';

type Limits = Pick<CommonOptions, 'concurrentRequests' | 'replyLimitBytes' | 'limits'>;

/** Chooses how processes are started, for a machine on which the native calls make trouble. */
const SPAWNER_VARIABLE = 'FARHAND_SPAWNER';

/** `farhand serve`: runs until it is told to end, by a signal or by the end of its stdin where that says so. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const command = parseServeArguments(args);
    if (command.is === 'help') {
      process.stdout.write(command.text);
      return;
    }
    // Whoever has read a word of ours may end us at once.
    const life = new ProgramLife(command.drainSeconds);
    // Whoever took our words may be gone: the next one must not end us, and every process with us.
    process.stderr.on('error', () => {});
    const observation = await observe(command.observation, process.stderr);
    endOnFault({
      tell: (error) => {
        observation.executor.observer?.tell({ event: 'fault', error, fatal: true });
        if (!observation.log) say(`unexpected error, this executor ends: ${faultText(error)}`);
      },
      close: () => life.abandon().finally(() => observation.close()),
    });
    for (const notice of command.notices) observation.warn(notice);
    await (command.is === 'serve' ? serve(command, observation, life) : serveRemotely(command, observation, life));
    await observation.close();
    // Whoever holds our stdin open must not keep us alive.
    process.exit(0);
  } catch (error) {
    if (error instanceof UsageError) {
      say(error.message);
      process.exitCode = 2;
      return;
    }
    process.stderr.write(error instanceof StartupError ? `Error: ${error.message}\n` : causeChain(error));
    process.exit(1);
  }
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function serve(
  { listen: target, auth: plan, exitsOnStdinClose, ...limits }: ListenOptions,
  observation: Observation,
  life: ProgramLife,
): Promise<void> {
  const check = plan.mode === 'none' ? undefined : new BearerCheck(plan);
  const options = executorOptions(limits, secretFiles(plan), observation);
  if (target.is === 'stdio') {
    // Whoever started it may take any time: there is nobody else.
    const executor = new Executor({ ...options, initializePatienceMs: Number.POSITIVE_INFINITY });
    observation.attach(executor);
    life.serves(workOf(executor, () => reload(observation)));
    connectStdio({ input: process.stdin, output: process.stdout }, (connection) => {
      const peer = executor.accept(connection);
      const closed = (reason: string) => {
        peer.closed(reason);
        life.end();
      };
      return { message: (message) => peer.message(message), closed };
    });
    await life.over();
    await executor.close();
    return;
  }
  // Made last, so that an address that cannot be had is reported before any thread is started. No connection comes in between:
  // that takes another turn of the event loop.
  let executor: Executor;
  const listener: Listener = await listen(
    {
      host: target.host,
      port: target.port,
      sockets: (limits.limits.connections ?? CONNECTIONS) + SPARE_SOCKETS,
      checkRoom: () => executor.refuseConnection(),
      isReady: () => !executor.isDraining,
      ...(check ? { checkAuthorization: (header) => check.refuse(header) } : { admit: (ends) => executor.admit(ends) }),
    },
    (connection) => executor.accept(connection),
  );
  executor = new Executor(options);
  observation.attach(executor);
  life.serves(workOf(executor, () => reload(observation, check)));
  process.stdout.write(`${listener.address}\n`);
  observation.log?.write({ level: 'info', message: 'listening', fields: { address: listener.address } });
  if (!check && process.getuid?.() === 0) observation.warn(ROOT_WITHOUT_TOKEN);
  if (exitsOnStdinClose) void endWithStdin(life, observation);
  await life.over();
  await Promise.all([listener.close(), executor.close()]);
}

const workOf = (executor: Executor, reload: () => void): Work => ({
  drain: (seconds) => executor.drain(seconds),
  reload,
  close: () => executor.close(),
});

/** What SIGHUP asks for: files that were replaced, or that have another name by now. */
function reload(observation: Observation, check?: BearerCheck): void {
  void observation.reopen();
  if (!check?.isReloadable) return;
  const tell = (line: string, error?: string) => {
    observation.executor.observer?.tell({ event: 'tokensReloaded', ...(error !== undefined && { error }) });
    if (!observation.log) say(line);
  };
  try {
    check.reload();
    tell('the token for connections was read again');
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    tell(`the token for connections stays as it was: ${error.message}`, error.message);
  }
}

/** Errors: what no further attempt would heal. */
async function serveRemotely(command: RemoteOptions, observation: Observation, life: ProgramLife): Promise<void> {
  const { registryUrl, environmentId, credentials: flags, exitsOnStdinClose, ...limits } = command;
  // It is read for credentials first; where these keep coming their end is the end of it.
  const isRead = flags.registrationBearerStdin || flags.chatgptTokenStdin || flags.executorCredentialStdin;
  if (exitsOnStdinClose && !isRead) void endWithStdin(life, observation);

  // Loaded when it is asked for: a listener needs to start quickly, and nothing of it.
  const [{ openRemote, credentialFiles, CREDENTIAL_VARIABLES }, { lineOf }, { letHeapGrow }] = await Promise.all([
    import('./remote/open-remote.js'),
    import('./remote/lifecycle.js'),
    import('./links/heap-growth.js'),
  ]);
  letHeapGrow();
  const environment = { ...process.env };
  for (const name of CREDENTIAL_VARIABLES) delete process.env[name];
  let executor: Executor;
  let failure: { readonly error: unknown } | undefined;
  try {
    const { remote, ended } = await openRemote(
      {
        ...{ registryUrl, environmentId, flags, environment, stdin: process.stdin },
        accept: (connection) => executor.accept(connection),
        streams: limits.limits.connections,
        log: (event) => {
          observation.remote?.(event);
          if (!observation.log) say(lineOf(event, new Date()));
        },
      },
      life.ending,
    );
    ended
      ?.then(
        () => tellStdinClosed(observation),
        (error) => {
          failure = { error };
        },
      )
      .finally(() => life.end());
    if (exitsOnStdinClose && isRead && !ended) void endWithStdin(life, observation);
    executor = new Executor(executorOptions(limits, credentialFiles(flags, environment), observation));
    observation.attach(executor);
    await using _ = executor;
    // The file of its token is read whenever it is needed.
    life.serves(workOf(executor, () => reload(observation)));
    await remote.run(life.ending);
  } catch (error) {
    if (!life.ending.aborted) throw error;
  }
  if (failure) throw failure.error;
}

async function endWithStdin(life: ProgramLife, observation: Observation): Promise<void> {
  await stdinClosed();
  tellStdinClosed(observation);
  life.end();
}

function tellStdinClosed({ log }: Observation): void {
  const message = 'Stopping exec-server after its parent closed stdin';
  if (log) log.write({ level: 'info', message, fields: {} });
  else say(logLine(new Date(), 'INFO', message));
}

/**
 * A sandbox with network access reaches the loopback interface, and this listener on it. Whom it may let in without a token is told
 * by users and their processes, and root's are everywhere.
 */
const ROOT_WITHOUT_TOKEN =
  'running as root without a token: sandboxed commands are kept out more safely with --ws-auth, or as an ordinary user';

/** What no sandboxed command may read: it could connect as anybody. They exist, for they have been read. */
function secretFiles(plan: WsAuthPlan): string[] {
  switch (plan.mode) {
    case 'none':
      return [];
    case 'capability-token':
      return 'file' in plan.token ? bothNames(plan.token.file) : [];
    case 'signed-bearer-token':
      return bothNames(plan.secretFile);
    default:
      return plan satisfies never;
  }
}

/** What was read stays good until the next time, also where the name leads elsewhere by then. */
const bothNames = (path: string): string[] => [path, realpathSync(path)];

function executorOptions(
  { concurrentRequests, replyLimitBytes, limits }: Limits,
  secrets: readonly string[],
  observation: Observation,
): ExecutorOptions {
  const { [SPAWNER_VARIABLE]: spawner = 'auto' } = process.env;
  if (spawner !== 'auto' && spawner !== 'child_process') {
    throw new StartupError(`${SPAWNER_VARIABLE} must be \`auto\` or \`child_process\`, not \`${spawner}\``);
  }
  return {
    concurrentRequests,
    replyLimitBytes,
    limits,
    secrets: [...secrets, ...observation.files],
    spawner: spawner satisfies SpawnerChoice,
    adoptsOrphans: true,
    ...observation.executor,
  };
}

/** Run as a program, not imported. */
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
