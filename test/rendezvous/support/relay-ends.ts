import { once } from 'node:events';
import { WebSocket } from 'ws';
import { asEnvironmentId, type EnvironmentId } from '#src/rendezvous/environment-id.js';
import { SECURITY_PROFILE } from '#src/rendezvous/registry-messages.js';
import { openRelay, type RelayOptions, type RelayServer } from '#src/rendezvous/relay-server.js';
import { digestOf, type Grant } from '#src/rendezvous/tokens.js';

import { keyNamed } from './keys.js';

export const ENVIRONMENT = asEnvironmentId('env-1')!;
export const EXECUTOR = 'executor-token';
export const HARNESS = 'harness-token';

const GRANTS = new Map<EnvironmentId, readonly Grant[]>([
  [
    ENVIRONMENT,
    [
      { environment: ENVIRONMENT, role: 'executor', digest: digestOf(EXECUTOR) },
      { environment: ENVIRONMENT, role: 'harness', digest: digestOf(HARNESS) },
    ],
  ],
]);

/** A relay on loopback with one environment. */
export const startRelay = (options: Partial<RelayOptions> = {}): Promise<RelayServer> =>
  openRelay({ host: '127.0.0.1', port: 0, grants: async () => GRANTS, ...options });

export interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the relay, looked at by tests.
  readonly body: any;
}

/** One call of the registry; `body` as it is, or as JSON. */
export async function call(
  { address }: { readonly address: string },
  name: string,
  body: unknown,
  token: string | undefined = name === 'connect' ? HARNESS : EXECUTOR,
): Promise<Told> {
  const response = await fetch(`${address}/cloud/environment/${ENVIRONMENT}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

export const register = (relay: RelayServer, key = 'executor', token?: string): Promise<Told> =>
  call(relay, 'register', { security_profile: SECURITY_PROFILE, executor_public_key: keyNamed(key) }, token);

export const connect = (relay: RelayServer, key = 'harness', token?: string): Promise<Told> =>
  call(relay, 'connect', { harness_public_key: keyNamed(key) }, token);

export const validate = (relay: RelayServer, registration: string, key: string, authorization: string): Promise<Told> =>
  call(relay, 'validate', {
    executor_registration_id: registration,
    harness_public_key: keyNamed(key),
    harness_key_authorization: authorization,
  });

/** One end's link, with the messages that came and its close code. */
export class End implements AsyncDisposable {
  readonly messages: Buffer[] = [];
  readonly closed: Promise<number>;
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (bytes: Buffer) => this.messages.push(bytes));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  /** Errors: `answered STATUS: REASON` when it is refused. */
  static async open(url: string): Promise<End> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const end = new End(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_, { statusCode, headers }) => {
        reject(new Error(`answered ${statusCode}: ${headers['x-codex-rendezvous-rejection-reason']}`));
        socket.terminate();
      });
      socket.once('error', reject);
    });
    return end;
  }

  /** Resolves when so many messages are there. Rejects when the link ends before. */
  async received(count: number): Promise<readonly Buffer[]> {
    while (this.messages.length < count) {
      await Promise.race([
        once(this.socket, 'message'),
        this.closed.then((code) => Promise.reject(new Error(`closed with ${code}`))),
      ]);
    }
    return this.messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** Registers and links. */
export async function openExecutor(relay: RelayServer, key?: string): Promise<End & { readonly registration: string }> {
  const { body } = await register(relay, key);
  return Object.assign(await End.open(body.url), { registration: body.executor_registration_id as string });
}

export const openHarness = async (relay: RelayServer, key?: string): Promise<End> =>
  End.open((await connect(relay, key)).body.url);
