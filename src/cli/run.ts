/** `farhand run URL -- CMD...`: one command on the far machine, with our input and output and its exit code. */
import { Command } from 'commander';
import { withStreamedInput } from '../client/streamed-input.js';
import type { RemoteProcess, StartOptions } from '../index.js';
import { type ConnectFlags, connectTo, parse, withConnectOptions } from './connect-options.js';
import { startFailure, usageError } from './failure.js';
import { passInterrupts } from './interrupts.js';
import { hasInput, sendInput } from './own-input.js';
import { writeOut } from './own-output.js';
import { type SandboxFlags, sandboxFor, withSandboxOptions } from './sandbox-options.js';

interface RunFlags extends ConnectFlags, SandboxFlags {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: true;
  readonly stdin: boolean;
}

const HELP_AFTER = `
Output, errors and input pass through as they are, and nothing is lost when they
are read slowly. Ctrl-C interrupts the command, a second one kills it, a third
one leaves without waiting for the far side. SIGTERM and SIGHUP kill it.

Exit code:
  that of the command  128 + N when signal N ended it
  2                    the arguments make no sense
  125                  no place for temporary files there, so no input (see --no-stdin)
  126                  the command was found and cannot be run
  127                  the command was not found, or the directory of --cwd
  255                  the executor could not be reached, or was lost for good

Examples:
  $ farhand run ws://127.0.0.1:9000 -- ls -l /
  $ tar c src | farhand run ws://127.0.0.1:9000 --cwd /tmp -- tar xv
  $ farhand run ws://127.0.0.1:9000 --env DEBUG=1 -- sh -c 'echo $DEBUG'
  $ farhand run ws://127.0.0.1:9000 --cwd /work --sandbox workspace -- make
  $ farhand run --token-file token https://relay.example/build-7 -- uname -a`;

export async function run(args: readonly string[]): Promise<number> {
  // What stands behind the first `--` is the command's, whatever it looks like.
  const end = args.indexOf('--');
  const command = parse(runCommand(), end < 0 ? args : args.slice(0, end));
  if (!command) return 0;
  const [url, ...excess] = command.args;
  const argv = end < 0 ? [] : args.slice(end + 1);
  if (url === undefined || argv.length === 0 || excess.length > 0) {
    throw usageError("expected 'farhand run URL -- CMD...', with -- in front of the command; see 'farhand run --help'");
  }
  const { cwd, env, tty = false, stdin, ...flags } = command.opts<RunFlags>();
  const sandboxIn = sandboxFor(flags);
  // Whatever way we leave, closing the client ends what still runs there.
  await using client = await connectTo(url, flags);
  const sandbox = sandboxIn(cwd ?? client.environment?.cwd ?? '/');
  const options: StartOptions = { cwd, env, tty, sandbox, whenBehind: 'wait' };
  const streamed = stdin && !tty && hasInput();
  const start = streamed ? withStreamedInput({ argv, options }) : { argv, options };
  const far = await client.start(start.argv, start.options).catch((error) => {
    throw startFailure(error, argv[0]!, cwd);
  });
  using interrupts = passInterrupts(far);
  using _input = streamed ? sendInput(far) : undefined;
  return await Promise.race([showOutput(far), interrupts.left]);
}

function runCommand(): Command {
  const command = new Command('farhand run')
    .usage('[options] URL -- CMD...')
    .description('Runs one command on the machine of an executor.')
    .allowExcessArguments()
    .option('--cwd <DIR>', "working directory there, absolute (default: the executor's own)")
    .option('--env <NAME=VALUE>', 'a variable for the command; may be repeated', readVariable)
    .option('--tty', 'run it on a terminal of 24 x 80; its input is then not ours (for that: farhand shell)')
    .option('--no-stdin', 'give it an empty input instead of ours')
    .addHelpText('after', HELP_AFTER);
  return withConnectOptions(withSandboxOptions(command));
}

function readVariable(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--env ${text}: expected NAME=VALUE`);
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

async function showOutput(source: RemoteProcess): Promise<number> {
  for await (const event of source.events) {
    switch (event.type) {
      case 'output':
        await writeOut(event.stream === 'stderr' ? process.stderr : process.stdout, event.bytes);
        break;
      case 'lost':
        process.stderr.write('farhand: some output is missing here: the connection was down for too long\n');
        break;
      case 'exited':
      case 'closed':
        break;
      default:
        event satisfies never;
    }
  }
  const { exitCode, sandboxDenied } = await source.exit;
  if (sandboxDenied) process.stderr.write('farhand: the sandbox refused something to this command\n');
  return exitCode;
}
