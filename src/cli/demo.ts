/** `farhand demo`: a relay and an executor of our own, and what a client sees of the one through the other. */
import { type Client, connect, RefusedError, readOnlySandbox } from '../index.js';
import { endingSignal, exitCodeOf } from '../serving/ending-signal.js';
import { usageError } from './failure.js';
import { startOwnRelay, startOwnRemoteExecutor } from './own-meeting.js';
import { OwnPrograms } from './own-programs.js';

const HELP = `Usage: farhand demo

Starts a relay and an executor on this machine, each a program of its own, and connects to
the executor through the relay, end to end encrypted. Runs a few commands there (live output,
a terminal, input, a hundred at once, a sandbox), prints what happened and how long it took,
and ends both. Exit code 0 when all went well.
`;

const ENVIRONMENT = 'demo';

export async function demo([argument]: readonly string[]): Promise<number> {
  if (argument === '--help' || argument === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  if (argument !== undefined) throw usageError("'farhand demo' takes no arguments; see 'farhand demo --help'");
  await using programs = new OwnPrograms();
  const shown = present(programs);
  // What it is in the midst of when a signal comes fails when its programs end.
  shown.catch(() => {});
  const outcome = await Promise.race([shown, endingSignal()]);
  if (typeof outcome === 'number') return outcome;
  await programs[Symbol.asyncDispose]();
  // What waits for an executor that is no more would wait long.
  process.exit(exitCodeOf(outcome));
}

async function present(programs: OwnPrograms): Promise<number> {
  const began = performance.now();
  say('Starting a relay: farhand relay --tokens FILE --listen 127.0.0.1:0');
  const relay = await startOwnRelay(programs, ENVIRONMENT);
  say(`It listens on ${relay.address} after ${since(began)}.`);
  say(`Starting an executor: node dist/server.js --remote ${relay.address} --environment-id ${ENVIRONMENT}`);
  const executor = await startOwnRemoteExecutor(programs, relay, ENVIRONMENT);
  say(`It waits at the relay after ${since(began)}. Connecting to it there.`);
  await use(`${relay.address}/${ENVIRONMENT}`, relay.tokens.harness);
  const exitCodes = [await executor.end(), await relay.end()];
  say(`Executor and relay ended with codes ${exitCodes.join(' and ')}. All of this took ${since(began)}.`);
  return exitCodes.every((code) => code === 0) ? 0 : 1;
}

async function use(url: string, token: string): Promise<void> {
  const began = performance.now();
  await using client = await connect(url, { token });
  say(`Session ${client.sessionId} after ${since(began)}. The relay sees ciphertext, and how much of it.`);
  say(`Shell there: ${client.environment?.shell.path}\n`);
  await oneCommand(client);
  await liveOutput(client);
  await input(client);
  await terminal(client);
  await manyAtOnce(client);
  await inSandbox(client);
}

async function oneCommand(client: Client): Promise<void> {
  await show('One command, with its output and its exit code', async () => {
    const { exitCode, stdoutText } = await client.run(['sh', '-c', 'uname -sr; exit 3']);
    return [stdoutText.trim(), `exit code ${exitCode}`];
  });
}

async function liveOutput(client: Client): Promise<void> {
  await show('Output as it is written', async () => {
    const script = 'for i in 1 2 3; do echo "line $i"; sleep 0.2; done; echo "to stderr" >&2';
    const process = await client.start(['sh', '-c', script]);
    const began = performance.now();
    for await (const event of process.events) {
      if (event.type === 'output') {
        say(`    ${since(began).padStart(7)}  ${event.stream}: ${Buffer.from(event.bytes).toString().trim()}`);
      }
    }
    const { exitCode, complete } = await process.exit;
    return [`exit code ${exitCode}, output complete: ${complete}`];
  });
}

async function input(client: Client): Promise<void> {
  await show('Input', async () => {
    const { stdoutText } = await client.run(['sort'], { input: 'pear\napple\nquince\n' });
    return [`sorted there: ${stdoutText.trim().split('\n').join(', ')}`];
  });
}

async function terminal(client: Client): Promise<void> {
  await show('A terminal, with typed input', async () => {
    const process = await client.start(['sh', '-c', 'stty size; read name; echo "hello $name"'], { tty: true });
    await process.write('far hand\n');
    const screen = await new Response(process.output as never).text();
    return screen.trim().split('\r\n');
  });
}

async function manyAtOnce(client: Client): Promise<void> {
  await show('A hundred commands at once', async () => {
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => client.run(['sh', '-c', `echo ${n}`])));
    const right = results.filter(({ stdoutText }, n) => stdoutText === `${n}\n`).length;
    return [`${right} of ${results.length} right`];
  });
}

async function inSandbox(client: Client): Promise<void> {
  await show('A command that tries to write, in a sandbox that lets it read', async () => {
    try {
      const command = ['sh', '-c', 'echo mine > /var/tmp/farhand-demo'];
      const { stderrText, exitCode, sandboxDenied } = await client.run(command, { sandbox: readOnlySandbox() });
      return [stderrText.trim(), `exit code ${exitCode}, denied by the sandbox: ${sandboxDenied}`];
    } catch (error) {
      if (error instanceof RefusedError) return [error.rpcMessage, "see 'farhand doctor'"];
      throw error;
    }
  });
}

async function show(title: string, act: () => Promise<readonly string[]>): Promise<void> {
  say(`${title}:`);
  const began = performance.now();
  const lines = await act();
  const took = since(began);
  for (const line of lines) say(`    ${line}`);
  say(`    (${took})\n`);
}

const since = (began: number): string => `${(performance.now() - began).toFixed(1)} ms`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
