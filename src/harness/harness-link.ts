import type { DialledRelay } from '../links/dial-relay.js';
import { InboundBudget } from '../links/inbound-budget.js';
import type { LinkEnd } from '../links/link-end.js';
import { LinkWriter } from '../links/link-writer.js';
import { RelaySocket } from '../links/relay-socket.js';
import { RelayStream } from '../links/relay-stream.js';
import type { Channel } from '../noise/channel.js';
import type { Body } from '../relay/frame.js';
import type { StreamId } from '../relay/stream-id.js';
import type { Accept, Connection } from '../transport/connection.js';
import { closedTooEarly, dataTooEarly, endedTooEarly, notAnswered } from './errors.js';
import { Incoming, type Meaning } from './incoming.js';

export interface HarnessLinkOptions {
  readonly dialled: DialledRelay;
  readonly streamId: StreamId;
  /** How error texts name the executor. */
  readonly peer: string;
}

type State =
  | { readonly is: 'quiet' }
  | { readonly is: 'asking'; settle(outcome: Answer): void }
  | { readonly is: 'carrying'; readonly stream: RelayStream }
  /** `error`: why there is no stream, for whoever would still have one. */
  | { readonly is: 'over'; readonly error: Error };

type Answer = { readonly message: Uint8Array } | { readonly error: Error };

/** What the executor is told by a reset; it is not authenticated, and says only that nobody is here any more. */
const CLOSED = 'closed';

/**
 * One link of a harness to the rendezvous, with one stream on it: its handshake, then the stream. Ends with the stream, which ends
 * with it.
 *
 *   quiet ──ask──► asking ──response──► quiet ──carry──► carrying
 *     └──────────────┴────────────────────┴─────────────────┴───► over
 */
export class HarnessLink {
  /** Resolves when nothing of the link is left. */
  readonly ended: Promise<void>;
  readonly #options: HarnessLinkOptions;
  readonly #socket: RelaySocket;
  readonly #writer: LinkWriter;
  readonly #incoming: Incoming;
  #state: State = { is: 'quiet' };

  constructor(options: HarnessLinkOptions) {
    const { dialled, streamId } = options;
    this.#options = options;
    this.#incoming = new Incoming(streamId);
    let ended: () => void;
    this.ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.#socket = new RelaySocket(dialled.websocket, dialled.socket, {
      frame: (message) => this.#take(this.#incoming.binary(message)),
      text: () => this.#take(this.#incoming.text()),
      closed: (end, saidGoodbye) => {
        this.#over(saidGoodbye ? closedTooEarly() : endedTooEarly(), LOSSES[end]);
        this.#writer.end();
        ended();
      },
    });
    this.#writer = new LinkWriter(this.#socket);
  }

  /** Sends the request of the handshake; resolves to the response. Once. Errors: `HandshakeError`, or that the link was closed; it is over then. */
  async ask(request: Uint8Array, limitMs: number): Promise<Uint8Array> {
    if (this.#state.is === 'over') throw this.#state.error;
    this.#control({ kind: 'resume', nextSeq: 0 });
    this.#control({ kind: 'handshake', payload: request });
    this.#writer.flush();
    const answer = await new Promise<Answer>((resolve) => {
      const limit = setTimeout(() => this.#leave(notAnswered(limitMs)), limitMs);
      const settle = (outcome: Answer) => {
        clearTimeout(limit);
        resolve(outcome);
      };
      this.#state = { is: 'asking', settle };
    });
    if ('error' in answer) throw answer.error;
    return answer.message;
  }

  /** From here on it carries the stream of this channel. Errors: why it cannot, since it has ended; the channel is closed then. */
  carry(channel: Channel, accept: Accept): Connection {
    if (this.#state.is === 'over') {
      channel.sealer.close();
      channel.opener.close();
      throw this.#state.error;
    }
    const { streamId, peer } = this.#options;
    const stream = new RelayStream({
      streamId,
      channel,
      writer: this.#writer,
      budget: new InboundBudget(),
      source: this.#socket,
      peer,
      left: ({ why }) => this.#leave(new Error(why)),
    });
    this.#state = { is: 'carrying', stream };
    this.#incoming.opened();
    stream.open(accept);
    return stream;
  }

  /** Ends it, and says so to the executor. Idempotent. */
  close(): void {
    this.#leave(new Error('closed by this side'));
  }

  #take(meaning: Meaning): void {
    switch (meaning.is) {
      case 'nothing':
        return;
      case 'response':
        this.#answer(meaning.message);
        return;
      case 'frame':
        if (this.#state.is === 'carrying') this.#state.stream.receive(meaning.frame);
        return;
      case 'noStream':
        this.#leave(meaning.error);
        return;
      case 'over':
        this.#leave(new Error(meaning.why));
        return;
      default:
        meaning satisfies never;
    }
  }

  /** The executor need not wait until it notices. */
  #leave(error: Error): void {
    if (this.#state.is === 'over') return;
    this.#over(error, error.message);
    this.#control({ kind: 'reset', reason: CLOSED });
    this.#writer.flush();
    this.#socket.close();
  }

  /** `error`: for whoever waits for a stream; `loss`: for whoever has one. */
  #over(error: Error, loss: string): void {
    const state = this.#state;
    if (state.is === 'over') return;
    this.#state = { is: 'over', error };
    if (state.is === 'asking') state.settle({ error });
    else if (state.is === 'carrying') state.stream.finish(loss);
  }

  #answer(message: Uint8Array): void {
    if (this.#state.is !== 'asking') {
      this.#leave(dataTooEarly());
      return;
    }
    const { settle } = this.#state;
    this.#state = { is: 'quiet' };
    settle({ message });
  }

  #control(body: Body): void {
    this.#writer.control({ streamId: this.#options.streamId, ack: 0, ackBits: 0, body });
  }
}

/** How the end of a link is told to the owner of its stream. */
const LOSSES: Readonly<Record<LinkEnd, string>> = {
  peer_close: 'the rendezvous closed the link',
  read_error: 'the link to the rendezvous broke',
  write_error: 'the link to the rendezvous broke',
  pong_timeout: 'the rendezvous answered nothing',
  local_shutdown: 'closed by this side',
};
