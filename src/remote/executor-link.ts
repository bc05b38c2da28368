/**
 * One link of an executor to the rendezvous, and all that happens on it: does what the demultiplexer says.
 *
 *   socket ──► frame ──► demultiplexer ──► open, answer: handshakes, on other threads
 *     ▲                                ├─► validate: the registry
 *     │                                ├─► activate, receive, end: streams, each a connection of the executor
 *     └──────── writer ◄───────────────┴── send
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { DialledRelay } from '../links/dial-relay.js';
import { InboundBudget } from '../links/inbound-budget.js';
import { LinkWriter } from '../links/link-writer.js';
import { RelaySocket } from '../links/relay-socket.js';
import { RelayStream, type StreamEnd } from '../links/relay-stream.js';
import { responderChannel } from '../noise/channel.js';
import type { Handshakes } from '../noise/handshakes.js';
import { type Received, type SplitKeys, wipeHandshake } from '../noise/hybrid-ik.js';
import type { KeyPair } from '../noise/key-pair.js';
import type { PublicKey } from '../noise/public-key.js';
import { wipe } from '../noise/secrets.js';
import type { Applicant } from '../registry/client.js';
import { validation } from '../registry/validation.js';
import {
  type Attempt,
  Demultiplexer,
  type DemultiplexerEffect,
  type DemultiplexerInput,
  type Instance,
} from '../relay/demultiplexer.js';
import { DiagnosticsWindow } from '../relay/diagnostics.js';
import { RelayError } from '../relay/errors.js';
import { decodeFrame, type Frame } from '../relay/frame.js';
import { loggableStreamId, type StreamId } from '../relay/stream-id.js';
import type { Accept } from '../transport/connection.js';
import type { DisconnectReason, LifecycleEvent } from './lifecycle.js';

export interface ExecutorLinkOptions {
  readonly dialled: DialledRelay;
  readonly environmentId: string;
  readonly registrationId: string;
  readonly identity: KeyPair;
  readonly handshakes: Pick<Handshakes, 'receive' | 'accept' | 'reject'>;
  /** Asks the registry whether a harness may come in. */
  readonly validate: (applicant: Applicant, signal: AbortSignal) => Promise<boolean>;
  readonly accept: Accept;
  /** How many harnesses at once; by default, and at most, RELAY_STREAMS. */
  readonly streams?: number | undefined;
  readonly log: (event: LifecycleEvent) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export interface EndedLink {
  readonly reason: DisconnectReason;
  readonly livedMs: number;
  /** Whether any handshake was completed on it. */
  readonly used: boolean;
}

/** A handshake that has come so far. What is secret in it is wiped when it is over. */
interface Application {
  readonly streamId: StreamId;
  received?: Received;
  /** The harness that asks, for its sessions. */
  owner?: string;
  keys?: SplitKeys;
}

/** How error texts name the other end of a stream. */
const PEER = 'exec-server relay stream';

export class ExecutorLink {
  /** Resolves when nothing of the link is left. */
  readonly ended: Promise<EndedLink>;
  readonly #options: ExecutorLinkOptions;
  readonly #socket: RelaySocket;
  readonly #writer: LinkWriter;
  readonly #budget = new InboundBudget();
  readonly #demultiplexer: Demultiplexer;
  readonly #applications = new Map<Attempt, Application>();
  readonly #streams = new Map<Instance, RelayStream>();
  readonly #diagnostics = new DiagnosticsWindow();
  readonly #droppedFrames = new DiagnosticsWindow();
  readonly #gone = new AbortController();
  #reason: DisconnectReason | undefined;
  #used = false;

  constructor(options: ExecutorLinkOptions) {
    const { dialled, now } = options;
    this.#options = options;
    this.#demultiplexer = new Demultiplexer(options.streams);
    const began = now();
    // One listener per question to the registry is what they are for.
    setMaxListeners(0, this.#gone.signal);
    let ended: (link: EndedLink) => void;
    this.ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.#socket = new RelaySocket(
      dialled.websocket,
      dialled.socket,
      {
        frame: (message) => this.#frame(message),
        text: () => this.#dropped('text message'),
        closed: (end) => {
          this.#closed();
          ended({ reason: this.#reason ?? end, livedMs: now() - began, used: this.#used });
        },
      },
      now,
    );
    this.#writer = new LinkWriter(this.#socket);
  }

  /** Ends every stream with a reset, and the link with a close. Resolves when nothing of it is left, within a second. */
  async close(): Promise<void> {
    for (const stream of [...this.#streams.values()]) stream.close('the executor shuts down');
    this.#writer.flush();
    this.#socket.close();
    await this.ended;
  }

  #frame(message: Buffer): void {
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#dropped(error.message);
      return;
    }
    this.#step({ type: 'frame', frame });
  }

  #dropped(why: string): void {
    if (this.#droppedFrames.next(this.#options.now()) === 'tell') this.#options.log({ event: 'frameDropped', why });
  }

  #step(input: DemultiplexerInput): void {
    for (const effect of this.#demultiplexer.step(this.#options.now(), input)) this.#do(effect);
  }

  #do(effect: DemultiplexerEffect): void {
    switch (effect.do) {
      case 'open':
        void this.#open(effect.attempt, effect.streamId, effect.request);
        return;
      case 'validate':
        void this.#validate(effect.attempt, effect.authorization);
        return;
      case 'answer':
        void this.#answer(effect.attempt, effect.verdict);
        return;
      case 'forget':
        this.#forget(effect.attempt);
        return;
      case 'activate':
        this.#activate(effect.instance, effect.attempt);
        return;
      case 'receive':
        this.#streams.get(effect.instance)?.receive(effect.frame);
        return;
      case 'end':
        this.#end(effect.instance, effect.because);
        return;
      case 'send':
        if (this.#writer.control(effect.frame) || effect.frame.body.kind !== 'handshake') return;
        this.#step({ type: 'answerLost', queue: 'full' });
        return;
      case 'diagnose':
        this.#diagnose(effect);
        return;
      case 'coolDown':
        this.#options.log({ event: 'coolingDown' });
        return;
      case 'endLink':
        this.#reason = effect.reason;
        this.#socket.terminate();
        return;
      default:
        effect satisfies never;
    }
  }

  async #open(attempt: Attempt, streamId: StreamId, request: Uint8Array): Promise<void> {
    const { handshakes, identity, environmentId, registrationId } = this.#options;
    this.#applications.set(attempt, { streamId });
    const place = { environmentId, executorRegistrationId: registrationId, streamId };
    try {
      const { authorization, received } = await handshakes.receive(identity, place, request);
      const application = this.#applications.get(attempt);
      if (application === undefined) wipeHandshake(received);
      else {
        application.received = received;
        application.owner = ownerOf(received.initiator);
      }
      this.#step({ type: 'opened', attempt, opened: { ok: true, authorization } });
    } catch {
      // Whatever it was: which message is at fault says its reason, and more would say something about secrets.
      this.#step({ type: 'opened', attempt, opened: { ok: false } });
    }
  }

  async #validate(attempt: Attempt, authorization: string): Promise<void> {
    const { streamId, received } = this.#applications.get(attempt)!;
    const { registrationId, validate } = this.#options;
    const applicant = { registrationId, harnessKey: received!.initiator, authorization, streamId };
    const validated = await validation((signal) => validate(applicant, signal), this.#gone.signal);
    this.#step({ type: 'validated', attempt, validated });
  }

  async #answer(attempt: Attempt, verdict: 'accept' | 'reject'): Promise<void> {
    const { handshakes } = this.#options;
    const { received } = this.#applications.get(attempt)!;
    try {
      if (verdict === 'reject') {
        this.#step({ type: 'answered', attempt, answered: { ok: true, message: await handshakes.reject(received!) } });
        return;
      }
      const { message, keys } = await handshakes.accept(received!);
      const application = this.#applications.get(attempt);
      if (application === undefined) wipeKeys(keys);
      else application.keys = keys;
      this.#step({ type: 'answered', attempt, answered: { ok: true, message } });
    } catch {
      this.#step({ type: 'answered', attempt, answered: { ok: false } });
    }
  }

  #forget(attempt: Attempt): void {
    const application = this.#applications.get(attempt);
    this.#applications.delete(attempt);
    if (application?.received) wipeHandshake(application.received);
    if (application?.keys) wipeKeys(application.keys);
  }

  #activate(instance: Instance, attempt: Attempt): void {
    const { streamId, keys, owner } = this.#applications.get(attempt)!;
    this.#applications.delete(attempt);
    this.#used = true;
    const { log, accept, now } = this.#options;
    const stream = new RelayStream({
      streamId,
      channel: responderChannel(keys!),
      writer: this.#writer,
      budget: this.#budget,
      peer: PEER,
      owner,
      heard: () => this.#step({ type: 'heard', instance }),
      left: (end) => this.#left(instance, streamId, end),
      now,
    });
    this.#streams.set(instance, stream);
    log({ event: 'handshakeCompleted', streamId: loggableStreamId(streamId) });
    stream.open(accept);
  }

  #left(instance: Instance, streamId: StreamId, end: StreamEnd): void {
    this.#streams.delete(instance);
    const { log } = this.#options;
    if (end.because === 'failed') log({ event: 'streamFailed', streamId: loggableStreamId(streamId), why: end.why });
    this.#step({ type: 'closed', instance });
  }

  #end(instance: Instance, because: 'reset' | 'closed' | 'linkEnded'): void {
    const stream = this.#streams.get(instance);
    this.#streams.delete(instance);
    stream?.finish(because === 'reset' ? 'the peer reset the stream' : 'the link to the rendezvous has ended');
  }

  #diagnose({ outcome, reason, status, streamId }: Extract<DemultiplexerEffect, { do: 'diagnose' }>): void {
    const { log, environmentId, registrationId, now } = this.#options;
    switch (this.#diagnostics.next(now())) {
      case 'tell':
        log({
          event: 'handshakeDiagnostic',
          outcome,
          reason,
          ...(status !== undefined && { status }),
          environmentId,
          registrationId,
          streamId: loggableStreamId(streamId),
        });
        return;
      case 'tellThatMoreAreLeftOut':
        log({ event: 'diagnosticsLimited' });
        return;
      case 'leaveOut':
    }
  }

  #closed(): void {
    this.#gone.abort(new Error('the link has ended'));
    this.#step({ type: 'linkEnded' });
    this.#writer.end();
  }
}

const wipeKeys = ({ toResponder, toInitiator }: SplitKeys): void => wipe(toResponder, toInitiator);

/** Names a harness by its key. */
const ownerOf = ({ x25519, mlkem768 }: PublicKey): string =>
  createHash('sha256').update(x25519).update(mlkem768).digest('hex');
