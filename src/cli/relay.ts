/** `farhand relay`: where executors and harnesses meet, on a machine that both reach. */
import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import { letHeapGrow } from '../links/heap-growth.js';
import { RENDEZVOUS_CONNECTIONS, RENDEZVOUS_HARNESSES } from '../protocol/limits.js';
import { thrownText } from '../protocol/os-error.js';
import { asEnvironmentId } from '../rendezvous/environment-id.js';
import { type PublicUrl, parsePublicUrl } from '../rendezvous/public-url.js';
import { openRelay } from '../rendezvous/relay-server.js';
import { addTokens, TokenFile, TokenFileError } from '../rendezvous/token-file.js';
import { endingSignal } from '../serving/ending-signal.js';
import { stdinClosed } from '../serving/stdin-closed.js';
import { parse } from './connect-options.js';
import { CommandFailure, usageError } from './failure.js';

const DEFAULT_LISTEN = '127.0.0.1:9100';
/** The relay did not start. */
const NOT_STARTED = 1;

const HELP_AFTER = `
An executor and its harnesses need not reach each other, only this relay. What
passes is encrypted between them; the relay sees who talks, when and how much.
Everything is kept in memory: after a restart all ends come back by themselves.

'farhand relay add ENVIRONMENT' prints two tokens, once: that of the executor,
and that of the harnesses. FILE has their hashes; it may be edited while the
relay runs, and who loses a line is refused from then on (links stay open).

The address is printed as one line on standard output. GET /readyz answers 200.
Without TLS, and off this machine, tokens could be read on the way: give a
certificate, or put the relay behind a proxy and say --public-url https://...
A signal HUP makes it read the certificate again.

Exit code:
  0  ended by a signal, or with its input at --exit-on-stdin-close
  1  it could not start
  2  the arguments make no sense

Examples:
  $ farhand relay add build-7 --tokens tokens
  $ farhand relay --tokens tokens
  $ CODEX_API_KEY=EXECUTOR_TOKEN codex exec-server --remote http://127.0.0.1:9100 --environment-id build-7
  $ CODEX_EXEC_SERVER_NOISE_REGISTRY_URL=http://127.0.0.1:9100 CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID=build-7 \\
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN=HARNESS_TOKEN codex
  $ farhand relay --tokens tokens --listen 0.0.0.0:443 --public-url https://relay.example \\
    --tls-cert cert.pem --tls-key key.pem`;

interface Flags {
  readonly tokens?: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly publicUrl?: PublicUrl;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly maxConnections?: number;
  readonly maxHarnesses?: number;
  readonly quiet?: true;
  readonly exitOnStdinClose?: true;
}

export async function relay(args: readonly string[]): Promise<number> {
  const command = parse(relayCommand(), args);
  if (!command) return 0;
  const [action, environment, ...excess] = command.args;
  const flags = command.opts<Flags>();
  if (flags.tokens === undefined) throw usageError("expected --tokens FILE; see 'farhand relay --help'");
  try {
    if (action === undefined) return await serveUntilSignal(flags, flags.tokens);
    if (action !== 'add' || environment === undefined || excess.length > 0) {
      throw usageError("expected 'farhand relay', or 'farhand relay add ENVIRONMENT'; see 'farhand relay --help'");
    }
    return await add(environment, flags.tokens);
  } catch (error) {
    throw error instanceof TokenFileError ? new CommandFailure(error.message, NOT_STARTED) : error;
  }
}

function relayCommand(): Command {
  return new Command('farhand relay')
    .usage('[options] --tokens FILE\n       farhand relay add ENVIRONMENT --tokens FILE')
    .description('Lets executors and harnesses meet that cannot reach each other.')
    .argument('[add]', 'make tokens instead')
    .argument('[ENVIRONMENT]', 'for this environment: letters, digits, and . _ - between them')
    .allowExcessArguments()
    .option('--tokens <FILE>', 'hashes of the tokens that are good')
    .option('--listen <IP:PORT>', `port 0 is any free one (default: ${DEFAULT_LISTEN})`, readListen)
    .option('--public-url <URL>', 'how the ends reach it (default: the address it listens on)', readPublicUrl)
    .option('--tls-cert <FILE>', 'certificate and those between it and its authority, PEM')
    .option('--tls-key <FILE>', 'its private key, PEM')
    .option('--max-connections <COUNT>', `of all ends together (default: ${RENDEZVOUS_CONNECTIONS})`, readCount)
    .option('--max-harnesses <COUNT>', `of one environment (default: ${RENDEZVOUS_HARNESSES})`, readCount)
    .option('-q, --quiet', 'do not say who comes and goes')
    .option('--exit-on-stdin-close', 'end when standard input ends')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', HELP_AFTER);
}

async function add(name: string, file: string): Promise<number> {
  const environment = asEnvironmentId(name);
  if (environment === undefined) {
    throw usageError(`'${name}' is no name of an environment; expected up to 128 letters, digits, and . _ -`);
  }
  const tokens = await addTokens(file, environment);
  process.stdout.write(`executor ${tokens.executor}\nharness ${tokens.harness}\n`);
  return 0;
}

async function serveUntilSignal(flags: Flags, tokensPath: string): Promise<number> {
  letHeapGrow();
  const { listen: { host, port } = readListen(DEFAULT_LISTEN), publicUrl } = flags;
  if (publicUrl === undefined && ['0.0.0.0', '::'].includes(host)) {
    throw usageError(`--listen ${host} is every address of this machine; say with --public-url which one the ends use`);
  }
  // Whoever took our words may be gone: the next one must not end us, and every link with us.
  process.stderr.on('error', () => {});
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const tls = tlsReader(flags);
  const tokens = await TokenFile.open(tokensPath, say);
  await using server = await openRelay({
    host,
    port,
    publicUrl,
    tls: tls?.(),
    grants: () => tokens.current(),
    connections: flags.maxConnections,
    harnesses: flags.maxHarnesses,
    ...(flags.quiet ? {} : { say }),
  }).catch((error) => {
    throw new CommandFailure(`cannot serve ${host}:${port}: ${thrownText(error)}`, NOT_STARTED);
  });
  const ended = Promise.race([endingSignal(), ...(flags.exitOnStdinClose ? [stdinClosed()] : [])]);
  const renew = () => {
    try {
      if (tls !== undefined) server.renew(tls());
    } catch (error) {
      say(`the certificate stays: ${thrownText(error)}`);
    }
  };
  process.on('SIGHUP', renew);
  process.stdout.write(`${server.address}\n`);
  if (tls === undefined && !isHidden(host, publicUrl)) say('without TLS tokens can be read on the way to this relay');
  await ended;
  process.off('SIGHUP', renew);
  // Whoever holds our stdin open must not keep us alive.
  process.stdin.destroy();
  return 0;
}

/** Nobody else hears what is said to it: it is on this machine, or a proxy speaks TLS for it. */
const isHidden = (host: string, publicUrl: PublicUrl | undefined): boolean =>
  host === '::1' || host.startsWith('127.') || publicUrl?.linkBase.startsWith('wss:') === true;

function tlsReader({ tlsCert, tlsKey }: Flags): (() => { cert: Buffer; key: Buffer }) | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw usageError('--tls-cert and --tls-key go together');
  return () => ({ cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) });
}

function readPem(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandFailure(`${flag} ${path} cannot be read: ${thrownText(error)}`, NOT_STARTED);
  }
}

function readListen(text: string): Flags['listen'] {
  const [, v6, v4, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? '';
  const isAddress = v6 === undefined ? isIP(host) === 4 : isIPv6(host);
  if (isAddress && Number(digits) <= 65_535) return { host, port: Number(digits) };
  throw new InvalidArgumentError('expected IP:PORT');
}

function readPublicUrl(text: string): PublicUrl {
  const url = parsePublicUrl(text);
  if (url === undefined) throw new InvalidArgumentError('expected http://HOST[:PORT][/PATH], or https');
  return url;
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 1 to 9999999');
}
