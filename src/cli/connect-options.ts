/** The options that all commands share which connect to an executor. */
import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { type Client, connect } from '../index.js';
import { CommandUsageError } from './failure.js';

/** Takes a token without showing it in the list of processes. */
const TOKEN_VARIABLE = 'FARHAND_TOKEN';

export interface ConnectFlags {
  readonly tokenFile?: string;
}

export const withConnectOptions = (command: Command): Command =>
  command.option('--token-file <FILE>', `the executor's bearer token (or in ${TOKEN_VARIABLE})`);

/** Parses; undefined when help was shown instead. Errors: `CommandUsageError`. */
export function parse(command: Command, args: readonly string[]): Command | undefined {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    return command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return undefined;
    throw new CommandUsageError(`${error.message.replace(/^error: /, '')}; see 'farhand ${command.name()} --help'`);
  }
}

export async function connectTo(url: string, { tokenFile }: ConnectFlags): Promise<Client> {
  const token = tokenFile === undefined ? process.env[TOKEN_VARIABLE] : readToken(tokenFile);
  return connect(url, { token });
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CommandUsageError(`--token-file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
