/** The arguments that all commands share which connect to an executor. */
import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { type Client, connect, TransportError } from '../index.js';
import { CommandFailure, NO_RESULT, usageError } from './failure.js';

/** Takes a token without showing it in the list of processes. */
const TOKEN_VARIABLE = 'FARHAND_TOKEN';

export interface ConnectFlags {
  readonly tokenFile?: string;
}

export const withConnectOptions = (command: Command): Command =>
  withAccessOptions(command.argument('[URL]', 'where the executor listens: ws://HOST:PORT'));

/** For commands that find the address in other arguments. */
export const withAccessOptions = (command: Command): Command =>
  command
    .option('--token-file <FILE>', `file with the executor's token (default: the variable ${TOKEN_VARIABLE})`)
    .helpOption('-h, --help', 'show this help');

/** Parses; undefined when help was shown instead. Errors: a usage error. */
export function parse(command: Command, args: readonly string[]): Command | undefined {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    return command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return undefined;
    throw usageError(`${error.message.replace(/^error: /, '')}; see '${command.name()} --help'`);
  }
}

/** Errors: a usage error, or one that says why there is no connection and what to do. */
export async function connectTo(url: string, { tokenFile }: ConnectFlags): Promise<Client> {
  if (!/^wss?:\/\//i.test(url)) throw usageError(`'${url}' is no address of an executor; expected ws://HOST:PORT`);
  const token = tokenFile === undefined ? process.env[TOKEN_VARIABLE] || undefined : readToken(tokenFile);
  try {
    return await connect(url, { token });
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'CONNECT_FAILED') throw error;
    throw new CommandFailure(`${error.message}; ${adviceFor(error.message, token)}`, NO_RESULT);
  }
}

function readToken(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw usageError(`--token-file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (token === '') throw usageError(`--token-file ${path} is empty`);
  return token;
}

/** The reason comes as words of the system and of the listener; there is nothing else to go by. */
function adviceFor(reason: string, token: string | undefined): string {
  if (reason.includes('answered 401')) {
    return token === undefined
      ? `give the executor's token with --token-file FILE or ${TOKEN_VARIABLE}`
      : 'it does not accept this token: is it the one that the executor was started with?';
  }
  if (reason.includes('getaddrinfo')) return 'is the name of the host right?';
  return "is an executor running there? 'farhand serve' on the far machine starts one and prints its address";
}
