/** `farhand run URL -- CMD...`: one command on the far machine, with our input and output and its exit code. */
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { END_OF_INPUT, inputFrame, withStreamedInput } from '../client/streamed-input.js';
import type { RemoteProcess, StartOptions } from '../index.js';
import { type ConnectFlags, connectTo, parse, withConnectOptions } from './connect-options.js';
import { CommandUsageError } from './failure.js';

interface RunFlags extends ConnectFlags {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tty?: true;
  readonly stdin: boolean;
}

const HELP_AFTER = `
The exit code is the command's own; 255 when it could not be run or followed. Ctrl-C interrupts the command, twice kills it.

Examples:
  $ farhand run ws://127.0.0.1:9000 -- ls -l /
  $ tar c src | farhand run ws://127.0.0.1:9000 --cwd /tmp -- tar xv
  $ farhand run ws://127.0.0.1:9000 --env DEBUG=1 -- sh -c 'echo $DEBUG'`;

export async function run(args: readonly string[]): Promise<number | undefined> {
  // What stands behind the first `--` is the command's, whatever it looks like.
  const end = args.indexOf('--');
  const command = parse(runCommand(), end < 0 ? args : args.slice(0, end));
  if (!command) return 0;
  const [url] = command.args;
  const argv = end < 0 ? [] : args.slice(end + 1);
  if (url === undefined || argv.length === 0) {
    throw new CommandUsageError("expected 'farhand run URL -- CMD...'; see 'farhand run --help'");
  }
  const { cwd, env, tty = false, stdin, ...access } = command.opts<RunFlags>();
  await using client = await connectTo(url, access);
  const options: StartOptions = { cwd, env, tty, whenBehind: 'wait' };
  const streamed = stdin && !tty && hasInput();
  const start = streamed ? withStreamedInput({ argv, options }) : { argv, options };
  await using process_ = await client.start(start.argv, start.options);
  using _ = interruptible(process_);
  const input = streamed ? sendInput(process_) : undefined;
  try {
    return await showOutput(process_);
  } finally {
    input?.stop();
  }
}

function runCommand(): Command {
  const command = new Command('run')
    .usage('[options] URL -- CMD...')
    .description('Runs one command on the machine of an executor.')
    .argument('[url]', 'where the executor listens: ws://IP:PORT')
    .option('--cwd <DIR>', "working directory there, absolute (default: the executor's own)")
    .option('--env <NAME=VALUE>', 'a variable for the command; may be repeated', readVariable, {})
    .option('--tty', 'run it on a terminal of 24 x 80 (its input is then not ours; for that: farhand shell)')
    .option('--no-stdin', 'give it an empty input instead of ours')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', HELP_AFTER);
  return withConnectOptions(command);
}

function readVariable(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandUsageError(`--env ${text}: expected NAME=VALUE`);
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Whether our input can hold anything: /dev/null is a device that is no terminal. */
function hasInput(): boolean {
  try {
    return process.stdin.isTTY || !fstatSync(0).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Passes our input on, a chunk at a time: the next is read when the command has room for it. */
function sendInput(target: RemoteProcess): { stop(): void } {
  const send = async () => {
    for await (const bytes of process.stdin as AsyncIterable<Buffer>) await target.write(inputFrame(bytes));
    await target.write(END_OF_INPUT);
  };
  // A command may end without having read all of its input; how it ends is told by its exit.
  send().catch(() => {});
  return { stop: () => process.stdin.destroy() };
}

async function showOutput(source: RemoteProcess): Promise<number> {
  for await (const event of source.events) {
    switch (event.type) {
      case 'output':
        await write(event.stream === 'stderr' ? process.stderr : process.stdout, event.bytes);
        break;
      case 'lost':
        process.stderr.write('farhand: some output is missing here: it came faster than it could be shown\n');
        break;
      case 'exited':
      case 'closed':
        break;
      default:
        event satisfies never;
    }
  }
  const { exitCode } = await source.exit;
  return exitCode;
}

/** A reader of ours that has gone away ends us as it ends any program in a pipe. */
async function write(target: Writable, bytes: Uint8Array): Promise<void> {
  if (!target.write(bytes)) await once(target, 'drain');
}

/** Ctrl-C goes to the command; the second one kills it. */
function interruptible(target: RemoteProcess): Disposable {
  let interrupts = 0;
  const interrupt = () => {
    interrupts++;
    void (interrupts === 1 ? target.signal('interrupt') : target.terminate()).catch(() => {});
  };
  const end = () => void target.terminate().catch(() => {});
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', end);
  return {
    [Symbol.dispose]: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', end);
    },
  };
}
