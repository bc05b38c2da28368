/** `farhand shell URL`: an interactive shell on the far machine, on our terminal. */
import { Command } from 'commander';
import type { RemoteProcess } from '../index.js';
import { type ConnectFlags, connectTo, parse, withConnectOptions } from './connect-options.js';
import { escapeWatcher } from './escape.js';
import { CommandUsageError } from './failure.js';

const HELP_AFTER = `
Every key goes to the far side, also Ctrl-C and Ctrl-D. To leave a connection that no longer answers, type on a new line: ~.
The terminal there has the size that this one has now; it does not follow when this one changes.`;

/** The executor's terminals are 24 x 80; the shell begins by giving its own the size of ours. */
const SIZED_SHELL = 'stty rows "$1" cols "$2" 2>/dev/null; exec "$0" -l';

export async function shell(args: readonly string[]): Promise<number | undefined> {
  const command = parse(shellCommand(), args);
  if (!command) return 0;
  const [url] = command.args;
  if (url === undefined) throw new CommandUsageError("expected 'farhand shell URL'; see 'farhand shell --help'");
  await using client = await connectTo(url, command.opts<ConnectFlags>());
  const program = client.environment?.shell.path ?? '/bin/sh';
  const { rows = 24, columns = 80 } = process.stdout;
  await using far = await client.start(['/bin/sh', '-c', SIZED_SHELL, program, String(rows), String(columns)], {
    cwd: client.environment?.userHomeDir ?? undefined,
    env: { TERM: process.env.TERM ?? 'dumb' },
    tty: true,
    whenBehind: 'wait',
  });
  using keys = typeInto(far);
  return await Promise.race([show(far), keys.left]);
}

function shellCommand(): Command {
  const command = new Command('shell')
    .description('Opens an interactive shell on the machine of an executor.')
    .argument('[url]', 'where the executor listens: ws://IP:PORT')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', HELP_AFTER);
  return withConnectOptions(command);
}

async function show(far: RemoteProcess): Promise<number> {
  for await (const event of far.events) if (event.type === 'output') process.stdout.write(event.bytes);
  const { exitCode } = await far.exit;
  return exitCode;
}

/** `left` resolves with our exit code when the user has typed the escape. */
interface Keys extends Disposable {
  readonly left: Promise<number>;
}

function typeInto(far: RemoteProcess): Keys {
  const { stdin } = process;
  const isEscape = escapeWatcher();
  let leave: (exitCode: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const typed = (bytes: Buffer) => {
    if (isEscape(bytes)) leave(255);
    else void far.write(bytes).catch(() => {});
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', typed);
  // Input that is no terminal ends; on the far side that is a key.
  stdin.on('end', () => void far.write('\x04').catch(() => {}));
  return {
    left,
    [Symbol.dispose]: () => {
      stdin.off('data', typed);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.destroy();
    },
  };
}
