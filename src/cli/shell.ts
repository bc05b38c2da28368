/** `farhand shell URL`: an interactive shell on the far machine, on our terminal. */
import { Command } from 'commander';
import { deferred } from '../client/deferred.js';
import type { RemoteProcess } from '../index.js';
import { type ConnectFlags, connectTo, parse, withConnectOptions } from './connect-options.js';
import { escapeWatcher } from './escape.js';
import { NO_RESULT, startFailure, usageError } from './failure.js';
import { writeOut } from './own-output.js';
import { type SandboxFlags, sandboxFor, withSandboxOptions } from './sandbox-options.js';

const HELP_AFTER = `
Every key goes to the far side, also Ctrl-C and Ctrl-D. 'exit' ends the shell; to
leave one that no longer answers, type ~. at the beginning of a line.
The terminal there has the size that this one has now; it does not follow when
this one changes.

The exit code is that of the shell; 255 when the executor could not be reached,
was lost for good, or was left with ~.

Examples:
  $ farhand shell ws://127.0.0.1:9000
  $ farhand shell --token-file token https://relay.example/build-7`;

/** The executor's terminals are 24 x 80; the shell begins by giving its own the size of ours. */
const SIZED_SHELL = 'stty rows "$1" cols "$2" 2>/dev/null; exec "$0" -l';

export async function shell(args: readonly string[]): Promise<number> {
  const command = parse(shellCommand(), args);
  if (!command) return 0;
  const [url] = command.args;
  if (url === undefined) throw usageError("expected 'farhand shell URL'; see 'farhand shell --help'");
  if (!process.stdin.isTTY) {
    throw usageError("farhand shell needs a terminal; to run a script there: 'farhand run URL -- sh < SCRIPT'");
  }
  const flags = command.opts<ConnectFlags & SandboxFlags>();
  const sandboxIn = sandboxFor(flags);
  // Whatever way we leave, closing the client ends what still runs there.
  await using client = await connectTo(url, flags);
  const { shell: { path: program } = { path: '/bin/sh' }, userHomeDir } = client.environment ?? {};
  const { rows = 24, columns = 80 } = process.stdout;
  const argv = ['/bin/sh', '-c', SIZED_SHELL, program, String(rows), String(columns)];
  const cwd = userHomeDir ?? undefined;
  const env = { TERM: process.env.TERM ?? 'dumb' };
  const sandbox = sandboxIn(cwd ?? '/');
  const far = await client.start(argv, { cwd, env, tty: true, sandbox, whenBehind: 'wait' }).catch((error) => {
    throw startFailure(error, program, cwd);
  });
  using keys = typeInto(far);
  return await Promise.race([show(far), keys.left]);
}

function shellCommand(): Command {
  const command = new Command('farhand shell')
    .usage('[options] URL')
    .description('Opens an interactive shell on the machine of an executor.')
    .addHelpText('after', HELP_AFTER);
  return withConnectOptions(withSandboxOptions(command));
}

async function show(far: RemoteProcess): Promise<number> {
  for await (const event of far.events) if (event.type === 'output') await writeOut(process.stdout, event.bytes);
  const { exitCode } = await far.exit;
  return exitCode;
}

/** `left` resolves with our exit code when the user has left, or we are told to end. */
interface Keys extends Disposable {
  readonly left: Promise<number>;
}

function typeInto(far: RemoteProcess): Keys {
  const { stdin } = process;
  const isEscape = escapeWatcher();
  const { promise: left, resolve: leave } = deferred<number>();
  const typed = (bytes: Buffer) => {
    if (isEscape(bytes)) leave(NO_RESULT);
    else void far.write(bytes).catch(() => {});
  };
  // The terminal was closed: there is nobody any more to show anything to.
  const hungUp = () => leave(NO_RESULT);
  // The terminal must get its mode back, so that we cannot just die.
  const told = (_: NodeJS.Signals, number: number) => leave(128 + number);
  stdin.setRawMode(true);
  stdin.on('data', typed).on('end', hungUp).on('error', hungUp);
  process.on('SIGTERM', told).on('SIGHUP', told).on('SIGINT', told);
  return {
    left,
    [Symbol.dispose]: () => {
      process.off('SIGTERM', told).off('SIGHUP', told).off('SIGINT', told);
      stdin.off('data', typed).off('end', hungUp);
      stdin.setRawMode(false);
      stdin.destroy();
    },
  };
}
