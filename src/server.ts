/** The executor as a program: wires the transports to the executor, and ends them together. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Executor, type ExecutorOptions } from './executor.js';
import { parseServeArguments, type ServeOptions, UsageError } from './options.js';
import type { SpawnerChoice } from './pool/calls.js';
import { thrownText } from './protocol/os-error.js';
import { refuseBearer } from './transport/bearer-auth.js';
import { type Listener, listen } from './transport/listen.js';
import { StartupError } from './transport/startup-error.js';
import { connectStdio } from './transport/stdio.js';
import { loadBearerAuth, type WsAuthPlan } from './transport/ws-auth-options.js';

export { Executor, type ExecutorOptions } from './executor.js';
export { type Listener, type ListenOptions, listen } from './transport/listen.js';

type Limits = Pick<ServeOptions, 'concurrentRequests' | 'replyLimitBytes'>;

/** Chooses how processes are started, for a machine on which the native calls make trouble. */
const SPAWNER_VARIABLE = 'FARHAND_SPAWNER';

/** `farhand serve`: runs until it is told to end, by a signal or by the end of its stdin where that is the transport. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const command = parseServeArguments(args);
    if (command.is === 'help') {
      process.stdout.write(command.text);
      return;
    }
    for (const notice of command.notices) process.stderr.write(`${notice}\n`);
    await serve(command);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 2;
    } else {
      process.stderr.write(`Error: ${error instanceof StartupError ? error.message : thrownText(error)}\n`);
      process.exitCode = 1;
    }
  }
}

async function serve({ listen: target, auth: plan, ...limits }: ServeOptions): Promise<void> {
  const auth = loadBearerAuth(plan);
  const options = executorOptions(limits, secretFiles(plan));
  // Whoever took our warnings may be gone: the next one must not end us, and every process with us.
  process.stderr.on('error', () => {});
  if (target.is === 'stdio') {
    const executor = new Executor(options);
    const ended = new Promise<void>((resolve) => {
      connectStdio({ input: process.stdin, output: process.stdout }, (connection) => {
        const peer = executor.accept(connection);
        const closed = (reason: string) => {
          peer.closed(reason);
          resolve();
        };
        return { message: (message) => peer.message(message), closed };
      });
    });
    await Promise.race([ended, endingSignal()]);
    await executor.close();
    // Whoever holds our stdin open must not keep us alive.
    process.exit(0);
  }
  // Made last, so that an address that cannot be had is reported before any thread is started. No connection comes in between:
  // that takes another turn of the event loop.
  let executor: Executor;
  const listener: Listener = await listen(
    {
      host: target.host,
      port: target.port,
      ...(auth
        ? { checkAuthorization: (header) => refuseBearer(auth, header, Math.floor(Date.now() / 1000)) }
        : { admit: (ends) => executor.admit(ends) }),
    },
    (connection) => executor.accept(connection),
  );
  executor = new Executor(options);
  // Whoever has read the address may end us at once.
  const ended = endingSignal();
  process.stdout.write(`${listener.address}\n`);
  if (!auth && process.getuid?.() === 0) process.stderr.write(`${ROOT_WITHOUT_TOKEN}\n`);
  await ended;
  await Promise.all([listener.close(), executor.close()]);
  process.exit(0);
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
      return 'file' in plan.token ? [realpathSync(plan.token.file)] : [];
    case 'signed-bearer-token':
      return [realpathSync(plan.secretFile)];
    default:
      return plan satisfies never;
  }
}

function executorOptions({ concurrentRequests, replyLimitBytes }: Limits, secrets: string[]): ExecutorOptions {
  const { [SPAWNER_VARIABLE]: spawner = 'auto' } = process.env;
  if (spawner !== 'auto' && spawner !== 'child_process') {
    throw new StartupError(`${SPAWNER_VARIABLE} must be \`auto\` or \`child_process\`, not \`${spawner}\``);
  }
  return {
    concurrentRequests,
    replyLimitBytes,
    secrets,
    spawner: spawner satisfies SpawnerChoice,
    warn: (message) => process.stderr.write(`${message}\n`),
  };
}

const endingSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });

/** Run as a program, not imported. */
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
