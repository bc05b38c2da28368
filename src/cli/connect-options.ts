/** The arguments that all commands share which connect to an executor. */
import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { environmentOf } from '../client/environment-url.js';
import { type Client, connect, TransportError } from '../index.js';
import { letHeapGrow } from '../links/heap-growth.js';
import { environmentNotReached, listenerNotReached, TOKEN_VARIABLE } from './connect-advice.js';
import { CommandFailure, NO_RESULT, usageError } from './failure.js';

const CODEX_TOKEN_VARIABLE = 'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN';
const CODEX_ACCOUNT_VARIABLE = 'CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID';

/** Who waits for a connection longer than this wonders whether anything happens: an executor that is away is tried for some 14 s. */
const SILENT_MS = 2000;
const STILL_TRYING = 'farhand: there is no connection yet, still trying';

const ADDRESSES = 'ws://HOST:PORT or https://REGISTRY/ENVIRONMENT';

export interface ConnectFlags {
  readonly tokenFile?: string;
}

export const withConnectOptions = (command: Command): Command =>
  withAccessOptions(command.argument('[URL]', `the executor: ${ADDRESSES}`));

/** For commands that find the address in other arguments. */
export const withAccessOptions = (command: Command): Command =>
  command
    .option(
      '--token-file <FILE>',
      `file with the token of the executor, or of the environment for clients (default: the variable ${TOKEN_VARIABLE}, ` +
        `and for an environment then ${CODEX_TOKEN_VARIABLE})`,
    )
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
  const isEnvironment = /^https?:\/\//i.test(url);
  if (!isEnvironment && !/^wss?:\/\//i.test(url)) {
    throw usageError(`'${url}' is no address of an executor; expected ${ADDRESSES}`);
  }
  const given = tokenFile === undefined ? process.env[TOKEN_VARIABLE] || undefined : readToken(tokenFile);
  const patience = setTimeout(() => process.stderr.write(`${STILL_TRYING}\n`), SILENT_MS);
  try {
    return await (isEnvironment ? connectToEnvironment(url, given) : connect(url, { token: given }));
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'CONNECT_FAILED') throw error;
    const told = isEnvironment ? environmentNotReached(error) : listenerNotReached(error, given !== undefined);
    throw new CommandFailure(told, NO_RESULT);
  } finally {
    clearTimeout(patience);
  }
}

/** Codex's own variables are good here, too; the account belongs to the token. */
async function connectToEnvironment(url: string, given: string | undefined): Promise<Client> {
  if (!URL.canParse(url)) throw usageError(`'${url}' is no address of an executor; expected ${ADDRESSES}`);
  letHeapGrow();
  // Whoever has mistyped the address need not look for a token first.
  const environment = environmentOf(new URL(url));
  const { [CODEX_TOKEN_VARIABLE]: codexToken, [CODEX_ACCOUNT_VARIABLE]: codexAccount } = process.env;
  const token = given ?? (codexToken || undefined);
  if (token === undefined) {
    throw usageError(
      `give the environment's token for clients with --token-file FILE, ${TOKEN_VARIABLE} or ${CODEX_TOKEN_VARIABLE}`,
    );
  }
  if (given !== undefined || !codexAccount) return await connect(url, { token });
  return await connect({ ...environment, chatgptAccountId: codexAccount }, { token });
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
