import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { decodePublicKey, encodePublicKey, type PublicKey, type PublicKeyRecord } from '#src/noise/public-key.js';
import type { Happenings } from '#test/support/happenings.js';
import type { Secrets } from './secrets.js';

export type CallName = 'register' | 'validate';

/** Status 200 and a body, unless something else is said. `never`: nothing comes. `cut`: the connection ends without an answer. */
export type Answer =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'never'
  | 'cut';

/** An answer, or how it comes about. `usual`: what is answered without a script. */
export type Script = Answer | ((usual: () => Answer) => Answer | Promise<Answer>);

export interface Call {
  readonly name: CallName;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is whatever the other side sent.
  readonly body: any;
  /** Whoever asked has gone without an answer. */
  isAbandoned: boolean;
}

/** What a harness gets for one connection. */
export interface Bundle {
  readonly environmentId: string;
  readonly executorRegistrationId: string;
  readonly executorKey: PublicKey;
  readonly authorization: string;
}

export interface ScriptedRegistryOptions {
  readonly environmentId: string;
  /** Which an executor has to bring. */
  readonly token: string;
  /** Where executors are sent to. */
  readonly rendezvousUrl: string;
  readonly happenings: Happenings;
  readonly secrets: Secrets;
}

/**
 * A registry that does what it should as long as it has no script. An authorization is good for one validation, with the key and the
 * registration that it was made for.
 */
export class ScriptedRegistry implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly #options: ScriptedRegistryOptions;
  readonly #server: Server;
  readonly #scripts: Record<CallName, Script[]> = { register: [], validate: [] };
  readonly #registrations: { readonly id: string; readonly key: PublicKey }[] = [];
  readonly #open = new Set<string>();

  private constructor(options: ScriptedRegistryOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        if (answer === 'never') return;
        if (answer === 'cut') {
          request.socket.destroy();
          return;
        }
        const { status = 200, json, text = JSON.stringify(json) ?? '', headers } = answer;
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
      });
    });
  }

  static async open(options: ScriptedRegistryOptions): Promise<ScriptedRegistry> {
    const registry = new ScriptedRegistry(options);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Scripts for the next calls of this name, one each. */
  next(name: CallName, ...scripts: readonly Script[]): void {
    this.#scripts[name].push(...scripts);
  }

  called(name: CallName): readonly Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  /** What a harness with this key gets, of the newest registration. */
  bundle(harness: PublicKey): Bundle {
    const { id, key } = this.#registrations.at(-1)!;
    const authorization = `authorization-${randomBytes(24).toString('base64')}`;
    this.allow(harness, authorization);
    const { environmentId } = this.#options;
    return { environmentId, executorRegistrationId: id, executorKey: key, authorization };
  }

  /** This text is an authorization, too. */
  allow(harness: PublicKey, authorization: string): void {
    if (authorization !== '') this.#options.secrets.keep('an authorization', authorization);
    this.#open.add(grant(this.#registrations.at(-1)!.id, encodePublicKey(harness), authorization));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { url: path = '', headers } = request;
    const name = path.split('/').at(-1) as CallName;
    const call = { name, path, headers, body: await json(request), isAbandoned: false };
    this.calls.push(call);
    request.socket.once('close', () => {
      call.isAbandoned = true;
      this.#options.happenings.happened();
    });
    this.#options.happenings.happened();
    const script = this.#scripts[name].shift() ?? ((usual) => usual());
    return typeof script === 'function' ? script(() => this.#usual(call)) : script;
  }

  #usual({ name, path, headers, body }: Call): Answer {
    const { environmentId, token } = this.#options;
    if (path !== `/cloud/environment/${environmentId}/${name}`) return { status: 404 };
    if (headers.authorization !== `Bearer ${token}`) return { status: 401 };
    if (name === 'register') return { json: this.#register(body.executor_public_key) };
    const { executor_registration_id: id, harness_public_key: key, harness_key_authorization: text } = body;
    return { json: { valid: this.#open.delete(grant(id, key, text)) } };
  }

  #register(record: PublicKeyRecord): object {
    const { environmentId, rendezvousUrl, secrets } = this.#options;
    const key = decodePublicKey(record);
    secrets.keep("the executor's X25519 key", key.x25519);
    secrets.keep("the executor's ML-KEM key", key.mlkem768);
    const id = `reg-${this.#registrations.length + 1}`;
    this.#registrations.push({ id, key });
    const signature = randomBytes(24).toString('hex');
    secrets.keep('the signature of a URL', signature);
    return {
      environment_id: environmentId,
      url: `${rendezvousUrl}/ws/${environmentId}?role=environment&registration=${id}&sig=${signature}`,
      security_profile: 'noise_hybrid_ik_v1',
      executor_registration_id: id,
    };
  }
}

const grant = (id: string, { x25519_public_key: x, mlkem768_public_key: m }: PublicKeyRecord, authorization: string) =>
  JSON.stringify([id, x, m, authorization]);
