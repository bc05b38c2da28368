/** The executor's end of a relay, which does what a test wants: the responder of a handshake, and calls that are answered by hand. */
import { InboundBudget } from '#src/links/inbound-budget.js';
import { LinkWriter } from '#src/links/link-writer.js';
import { RelayStream } from '#src/links/relay-stream.js';
import { responderChannel } from '#src/noise/channel.js';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { encodePublicKey, type PublicKey } from '#src/noise/public-key.js';
import { systemRandom } from '#src/noise/random.js';
import { accept, receive, reject } from '#src/noise/responder.js';
import { type Body, decodeFrame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import type { StreamId } from '#src/relay/stream-id.js';
import { SECURITY_PROFILE } from '#src/rendezvous/registry-messages.js';
import type { RelayServer } from '#src/rendezvous/relay-server.js';
import { call, ENVIRONMENT, End } from '#test/rendezvous/support/relay-ends.js';
import { Happenings } from '#test/support/happenings.js';

const primitives = await loadPrimitives();
export const newIdentity = (): KeyPair => createKeyPair(primitives, systemRandom);

/** A harness that has asked. */
export interface Asking {
  readonly streamId: StreamId;
  readonly harnessKey: PublicKey;
  readonly authorization: string;
  /** There is a stream from here on; its frame is sent so often. */
  accept(times?: number): void;
  /** The registry does not take the executor's credentials. */
  reject(): void;
  send(body: Body): void;
  /** Any bytes as they are, or a text. */
  raw(message: Uint8Array | string): void;
}

/** What is asked for on a stream, and its answer. Without one it is not answered. */
export type Answers = Readonly<Record<string, (params: unknown) => unknown>>;

const INITIALIZED = { sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' } } };

export interface FakeExecutorOptions {
  readonly identity?: KeyPair;
  /** What becomes of each harness that asks. Default: it is let in. */
  readonly asked?: (asking: Asking, nth: number) => void;
  readonly answers?: Answers;
}

export class FakeExecutor implements AsyncDisposable {
  /** Of every harness's frames, what they were, such as `resume`. */
  readonly kinds: string[] = [];
  /** The reasons of resets. */
  readonly resets: string[] = [];
  readonly asking: Asking[] = [];
  /** The `params` of each `initialize`. */
  readonly initialized: unknown[] = [];
  readonly registration: string;
  readonly #link: End;
  readonly #identity: KeyPair;
  readonly #options: FakeExecutorOptions;
  readonly #writer: LinkWriter;
  readonly #streams = new Map<StreamId, RelayStream>();
  readonly #happenings = new Happenings();

  static async start(relay: RelayServer, options: FakeExecutorOptions = {}): Promise<FakeExecutor> {
    const identity = options.identity ?? newIdentity();
    const { status, body } = await call(relay, 'register', {
      security_profile: SECURITY_PROFILE,
      executor_public_key: encodePublicKey(identity.publicKey),
    });
    if (status !== 200) throw new Error(`register was answered ${status}`);
    return new FakeExecutor(await End.open(body.url), body.executor_registration_id, identity, options);
  }

  private constructor(link: End, registration: string, identity: KeyPair, options: FakeExecutorOptions) {
    this.#link = link;
    this.registration = registration;
    this.#identity = identity;
    this.#options = options;
    this.#writer = new LinkWriter({
      send: (frame, done) => link.socket.send(frame, { binary: true }, () => done()),
      sendInPlace: ({ bytes }, done) => link.socket.send(bytes, { binary: true }, () => done()),
      together: (act) => act(),
    });
    link.socket.on('message', (message: Buffer) => this.#take(message));
  }

  /** Resolves as soon as it is so. */
  until(isSo: () => boolean): Promise<void> {
    return this.#happenings.until(isSo);
  }

  /** Who has asked last. */
  get last(): Asking {
    return this.asking.at(-1)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams.values()) stream.finish('the test is over');
    this.#writer.end();
    await this.#link[Symbol.asyncDispose]();
  }

  #take(message: Buffer): void {
    const frame = decodeFrame(message);
    const { streamId, body } = frame;
    this.kinds.push(body.kind);
    if (body.kind === 'handshake') this.#ask(streamId, body.payload);
    else if (body.kind === 'reset') {
      this.resets.push(body.reason);
      this.#streams.get(streamId)?.finish('reset by the harness');
      this.#streams.delete(streamId);
    } else this.#streams.get(streamId)?.receive(frame);
    this.#happenings.happened();
  }

  #ask(streamId: StreamId, request: Uint8Array): void {
    const place = { environmentId: ENVIRONMENT, executorRegistrationId: this.registration, streamId };
    const { authorization, received } = receive(primitives, this.#identity, place, request);
    const send = (body: Body) => this.#link.socket.send(encodeFrame({ streamId, ack: 0, ackBits: 0, body }));
    const asking: Asking = {
      streamId,
      harnessKey: received.initiator,
      authorization: Buffer.from(authorization).toString(),
      accept: (times = 1) => {
        const { message, keys } = accept(primitives, received, systemRandom);
        for (let time = 0; time < times; time += 1) send({ kind: 'handshake', payload: message });
        this.#open(streamId, responderChannel(keys));
      },
      reject: () => send({ kind: 'handshake', payload: reject(primitives, received, systemRandom) }),
      send,
      raw: (bytes) => this.#link.socket.send(bytes),
    };
    this.asking.push(asking);
    const { asked = () => asking.accept() } = this.#options;
    asked(asking, this.asking.length);
  }

  #open(streamId: StreamId, channel: ReturnType<typeof responderChannel>): void {
    const stream = new RelayStream({
      streamId,
      channel,
      writer: this.#writer,
      budget: new InboundBudget(),
      peer: 'harness',
      left: () => this.#streams.delete(streamId),
    });
    this.#streams.set(streamId, stream);
    stream.open(() => ({
      message: ({ text }) => this.#answer(stream, JSON.parse(text!)),
      closed: () => {},
    }));
  }

  #answer(stream: RelayStream, { id, method, params }: { id?: number; method: string; params: unknown }): void {
    if (method === 'initialize') this.initialized.push(params);
    const answers: Answers = {
      initialize: () => INITIALIZED,
      'environment/status': () => ({ status: 'ready' }),
      ...this.#options.answers,
    };
    const result = answers[method]?.(params);
    if (id !== undefined && result !== undefined) stream.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
  }
}
