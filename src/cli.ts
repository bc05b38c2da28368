#!/usr/bin/env node
/** The `farhand` command: finds the subcommand and lets it read its own arguments. */
import { readFileSync } from 'node:fs';
import { cp } from './cli/cp.js';
import { demo } from './cli/demo.js';
import { doctor } from './cli/doctor.js';
import { describeFailure, USAGE_ERROR } from './cli/failure.js';
import { surviveFailedWrites } from './cli/own-output.js';
import { run } from './cli/run.js';
import { shell } from './cli/shell.js';
import { main as serve } from './server.js';

const HELP = `Farhand runs commands on a far machine as if it were this one.

Usage: farhand <command> [options]

  serve                   run on the far machine: an executor that waits for connections
  run URL -- CMD...       run one command there; output, input and exit code are its own
  shell URL               an interactive shell there
  cp SRC DST              copy files from there, to there, or within it: one of both is URL:PATH
  relay                   where executors and clients meet that cannot reach each other
  demo                    start an executor on this machine and show what it does
  doctor                  try out what an executor needs here, sandboxes above all

Try it here, in two terminals:
  $ farhand serve --listen ws://127.0.0.1:9000
  $ farhand run ws://127.0.0.1:9000 -- uname -a

'farhand <command> --help' explains a command, 'farhand --version' says which this is.
Codex uses an executor when CODEX_EXEC_SERVER_URL=ws://HOST:PORT is in its environment.
`;

/** A subcommand returns its exit code, or undefined when it ends the program by itself. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number | undefined>>> = {
  serve: async (args) => {
    await serve(args);
    return undefined;
  },
  run,
  shell,
  cp,
  // Loaded when it is asked for: the other commands need to start quickly, and nothing of it.
  relay: async (args) => (await import('./cli/relay.js')).relay(args),
  demo,
  doctor,
};

async function main([name, ...args]: readonly string[]): Promise<number | undefined> {
  switch (name) {
    case undefined:
      process.stderr.write(HELP);
      return USAGE_ERROR;
    case 'help':
      if (args[0] !== undefined) return main([args[0], '--help']);
      process.stdout.write(HELP);
      return 0;
    case '--help':
    case '-h':
      process.stdout.write(HELP);
      return 0;
    case '--version':
    case '-V':
      process.stdout.write(`farhand ${ownVersion()}\n`);
      return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(args);
  process.stderr.write(`farhand: there is no command '${name}'; 'farhand --help' lists them\n`);
  return USAGE_ERROR;
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

surviveFailedWrites();
try {
  const exitCode = await main(process.argv.slice(2));
  if (exitCode !== undefined) process.exitCode = exitCode;
} catch (error) {
  const { message, exitCode } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`farhand: ${message}\n`);
  process.exitCode = exitCode;
}
