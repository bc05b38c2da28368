/**
 * The streams of one link, seen from the executor: who may open one, and which frame is whose.
 *
 *            handshake                        opened                validated: valid              answered
 *   absent ────────────► pending: opening ───────────► validating ──────────────────► answering ───────────► active
 *     ▲                     │                              │                             │                      │
 *     └─────── reset, other handshake, data, failure ──────┴─────────────────────────────┴── reset, closed ─────┘
 *
 * Cryptography and the registry are elsewhere: opening message 1, asking the registry and making message 2 are effects, and what
 * comes of them is told later. Nothing here waits. An attempt has a number, and so has each stream that became active: what is
 * told about others than the present ones changes nothing, for ids are chosen by strangers and come again.
 */
import { createHash } from 'node:crypto';
import {
  RELAY_AUTHORIZATION_BYTES,
  RELAY_COOLDOWN_MS,
  RELAY_HANDSHAKE_FAILURES,
  RELAY_STREAM_ID_BYTES,
  RELAY_STREAMS,
  RELAY_VALIDATIONS,
} from '../protocol/limits.js';
import type { DemultiplexerReason, DiagnosticReason, ValidationReason } from './diagnostics.js';
import { type Body, type Frame, PROTOCOL_ERROR } from './frame.js';
import { ResetLog } from './reset-log.js';
import type { StreamId } from './stream-id.js';

/** One handshake. */
export type Attempt = number;
/** One active stream. */
export type Instance = number;

/** How opening message 1 went. The authorization is not known to be text. */
export type Opened = { readonly ok: true; readonly authorization: Uint8Array } | { readonly ok: false };

export type Validated =
  | { readonly is: 'valid' }
  /** The registry answered 401: it does not take this executor's credentials, whoever asks. */
  | { readonly is: 'executorRejected' }
  | { readonly is: 'invalid'; readonly reason: ValidationReason; readonly status?: number };

/** How making message 2 went. */
export type Answered = { readonly ok: true; readonly message: Uint8Array } | { readonly ok: false };

export type DemultiplexerInput =
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'opened'; readonly attempt: Attempt; readonly opened: Opened }
  /** The call to the registry has ended, also one whose attempt is over. */
  | { readonly type: 'validated'; readonly attempt: Attempt; readonly validated: Validated }
  | { readonly type: 'answered'; readonly attempt: Attempt; readonly answered: Answered }
  /** The first record of the harness was opened with success: it has message 2. */
  | { readonly type: 'heard'; readonly instance: Instance }
  /** The stream has failed, or its server has closed it. */
  | { readonly type: 'closed'; readonly instance: Instance }
  /** A handshake frame found no room on its way out. */
  | { readonly type: 'answerLost'; readonly queue: 'full' | 'closed' }
  | { readonly type: 'linkEnded' };

export type DemultiplexerEffect =
  /** Open message 1, a view of the frame it came in; then `opened`. */
  | { readonly do: 'open'; readonly attempt: Attempt; readonly streamId: StreamId; readonly request: Uint8Array }
  /** Ask the registry; then `validated`, in any case. */
  | { readonly do: 'validate'; readonly attempt: Attempt; readonly streamId: StreamId; readonly authorization: string }
  /** Make message 2, which lets the harness in or tells it that the executor is rejected; then `answered`. */
  | { readonly do: 'answer'; readonly attempt: Attempt; readonly verdict: 'accept' | 'reject' }
  /** The attempt is over: its secrets are wiped. A call to the registry goes on unless `abort` is set. */
  | { readonly do: 'forget'; readonly attempt: Attempt; readonly abort: boolean }
  /** The attempt became a stream. Its message 2 is sent by the effect before this one. */
  | { readonly do: 'activate'; readonly instance: Instance; readonly attempt: Attempt; readonly streamId: StreamId }
  /** A frame of an active stream: data, or one that only R1 knows. */
  | { readonly do: 'receive'; readonly instance: Instance; readonly frame: Frame }
  /** The stream is no more; its session is detached. */
  | { readonly do: 'end'; readonly instance: Instance; readonly because: 'reset' | 'closed' | 'linkEnded' }
  | { readonly do: 'send'; readonly frame: Frame }
  | {
      readonly do: 'diagnose';
      readonly outcome: 'rejected' | 'reset_received';
      readonly reason: DiagnosticReason;
      readonly streamId: StreamId;
      readonly status?: number;
    }
  /** Too many handshakes failed; for a while none is looked at. */
  | { readonly do: 'coolDown' }
  | { readonly do: 'endLink'; readonly reason: 'response_queue_full' | 'response_queue_closed' };

type Effects = readonly DemultiplexerEffect[];

type Stream =
  | {
      readonly is: 'pending';
      readonly attempt: Attempt;
      readonly digest: Buffer;
      step: 'opening' | 'validating' | 'answering' | 'rejecting';
    }
  /** `answer`: message 2, until the harness has shown that it has it. */
  | { readonly is: 'active'; readonly instance: Instance; readonly digest: Buffer; answer: Uint8Array | undefined };

type Pending = Extract<Stream, { is: 'pending' }>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Demultiplexer {
  readonly #streams = new Map<StreamId, Stream>();
  /** Streams that are active, or whose message 2 is being made to let them in. */
  #admitted = 0;
  /** Attempts whose message 1 is being opened, or for which the registry is being asked; some of them are over. */
  readonly #validations = new Set<Attempt>();
  readonly #attempts = new Map<Attempt, StreamId>();
  readonly #instances = new Map<Instance, StreamId>();
  #lastNumber = 0;
  #failures = 0;
  #coolUntil = Number.NEGATIVE_INFINITY;
  readonly #resets = new ResetLog();
  readonly #most: number;

  /** `streams`: how many it carries at once, at most RELAY_STREAMS. */
  constructor(streams = RELAY_STREAMS) {
    this.#most = Math.min(streams, RELAY_STREAMS);
  }

  get activeStreams(): number {
    return this.#instances.size;
  }

  get runningValidations(): number {
    return this.#validations.size;
  }

  /** One step. Times are milliseconds of a clock that never goes back. */
  step(now: number, input: DemultiplexerInput): Effects {
    switch (input.type) {
      case 'frame':
        return this.#frame(now, input.frame);
      case 'opened':
        return this.#opened(now, input.attempt, input.opened);
      case 'validated':
        return this.#validated(now, input.attempt, input.validated);
      case 'answered':
        return this.#answered(now, input.attempt, input.answered);
      case 'heard':
        return this.#heard(input.instance);
      case 'closed':
        return this.#closed(now, input.instance);
      case 'answerLost':
        return [{ do: 'endLink', reason: `response_queue_${input.queue}` }];
      case 'linkEnded':
        return this.#linkEnded();
      default:
        return input satisfies never;
    }
  }

  #frame(now: number, frame: Frame): Effects {
    const { streamId, body } = frame;
    if (streamId.length > RELAY_STREAM_ID_BYTES || Buffer.byteLength(streamId) > RELAY_STREAM_ID_BYTES) return [];
    switch (body.kind) {
      case 'handshake':
        return this.#handshake(now, streamId, body.payload);
      case 'data':
        return this.#data(now, streamId, frame);
      case 'reset':
        return this.#reset(streamId);
      case 'ack':
      case 'heartbeat':
      case 'resume':
        return this.#aside(streamId, frame);
      default:
        return body satisfies never;
    }
  }

  #handshake(now: number, streamId: StreamId, request: Uint8Array): Effects {
    const stream = this.#streams.get(streamId);
    const digest = stream === undefined ? undefined : digestOf(request);
    // A link that delivers twice must not make connecting impossible, so a copy is no second handshake, not even while cooling down.
    if (stream !== undefined && digest?.equals(stream.digest)) return this.#copy(streamId, stream);
    if (now < this.#coolUntil) return this.#refuse(now, streamId, 'cooldown');
    if (stream?.is === 'active') return this.#refuse(now, streamId, 'duplicate_active_stream');
    if (stream?.is === 'pending') return this.#failPending(now, streamId, stream, 'duplicate_pending_stream');
    if (this.#admitted >= this.#most) return this.#refuse(now, streamId, 'active_stream_limit');
    if (this.#validations.size >= RELAY_VALIDATIONS) return this.#refuse(now, streamId, 'pending_validation_limit');
    const attempt = this.#nextNumber();
    this.#validations.add(attempt);
    this.#attempts.set(attempt, streamId);
    this.#streams.set(streamId, { is: 'pending', attempt, digest: digest ?? digestOf(request), step: 'opening' });
    return [{ do: 'open', attempt, streamId, request }];
  }

  #copy(streamId: StreamId, stream: Stream): Effects {
    if (stream.is === 'pending' || stream.answer === undefined) return [];
    return [send(streamId, { kind: 'handshake', payload: stream.answer })];
  }

  #data(now: number, streamId: StreamId, frame: Frame): Effects {
    const stream = this.#streams.get(streamId);
    if (stream?.is === 'active') return [{ do: 'receive', instance: stream.instance, frame }];
    if (stream?.is === 'pending') return this.#failPending(now, streamId, stream, 'data_before_handshake');
    return this.#resets.isRecent(now, streamId) ? [] : [this.#sendReset(now, streamId)];
  }

  #reset(streamId: StreamId): Effects {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return [];
    if (stream.is === 'active') return this.#endStream(streamId, stream.instance, 'reset');
    const told = { do: 'diagnose', outcome: 'reset_received', reason: 'reset_pending_validation', streamId } as const;
    return [...this.#forget(streamId, stream), told];
  }

  #aside(streamId: StreamId, frame: Frame): Effects {
    const stream = this.#streams.get(streamId);
    return stream?.is === 'active' ? [{ do: 'receive', instance: stream.instance, frame }] : [];
  }

  #opened(now: number, attempt: Attempt, opened: Opened): Effects {
    const pending = this.#pending(attempt, 'opening');
    if (pending === undefined) {
      // Forgotten meanwhile: no call follows that would hold the slot. Who is reset before it fails has still made us compute.
      this.#validations.delete(attempt);
      return opened.ok ? [] : this.#countFailure(now);
    }
    const [streamId, stream] = pending;
    // Whatever made the cooldown begin came before this one was looked at.
    if (now < this.#coolUntil) return this.#giveUp(now, streamId, stream, 'cooldown');
    const authorization = readAuthorization(opened);
    if (typeof authorization !== 'string') {
      this.#validations.delete(attempt);
      return this.#failPending(now, streamId, stream, authorization.refused);
    }
    stream.step = 'validating';
    return [{ do: 'validate', attempt, streamId, authorization }];
  }

  #validated(now: number, attempt: Attempt, validated: Validated): Effects {
    this.#validations.delete(attempt);
    const pending = this.#pending(attempt, 'validating');
    if (pending === undefined) return [];
    const [streamId, stream] = pending;
    switch (validated.is) {
      case 'valid':
        if (this.#admitted >= this.#most) return this.#giveUp(now, streamId, stream, 'active_stream_limit');
        this.#admitted += 1;
        stream.step = 'answering';
        return [{ do: 'answer', attempt, verdict: 'accept' }];
      case 'executorRejected':
        stream.step = 'rejecting';
        return [
          { do: 'diagnose', outcome: 'rejected', reason: 'registry_auth', streamId },
          { do: 'answer', attempt, verdict: 'reject' },
          ...this.#countFailure(now),
        ];
      case 'invalid':
        return this.#failPending(now, streamId, stream, validated.reason, validated.status);
      default:
        return validated satisfies never;
    }
  }

  #answered(now: number, attempt: Attempt, answered: Answered): Effects {
    const pending = this.#pending(attempt, 'answering', 'rejecting');
    if (pending === undefined) return [];
    const [streamId, stream] = pending;
    if (stream.step === 'rejecting') {
      const reply = answered.ok ? send(streamId, { kind: 'handshake', payload: answered.message }) : undefined;
      return [reply ?? this.#sendReset(now, streamId), ...this.#forget(streamId, stream)];
    }
    if (!answered.ok) return this.#failPending(now, streamId, stream, 'handshake_completion');
    const instance = this.#nextNumber();
    this.#attempts.delete(attempt);
    this.#instances.set(instance, streamId);
    this.#streams.set(streamId, { is: 'active', instance, digest: stream.digest, answer: answered.message });
    return [
      send(streamId, { kind: 'handshake', payload: answered.message }),
      { do: 'activate', instance, attempt, streamId },
    ];
  }

  #heard(instance: Instance): Effects {
    const streamId = this.#instances.get(instance);
    const stream = streamId === undefined ? undefined : this.#streams.get(streamId);
    if (stream?.is === 'active') stream.answer = undefined;
    return [];
  }

  #closed(now: number, instance: Instance): Effects {
    const streamId = this.#instances.get(instance);
    if (streamId === undefined) return [];
    return [this.#sendReset(now, streamId), ...this.#endStream(streamId, instance, 'closed')];
  }

  #linkEnded(): Effects {
    const effects = [...this.#streams.values()].map(
      (stream): DemultiplexerEffect =>
        stream.is === 'active'
          ? { do: 'end', instance: stream.instance, because: 'linkEnded' }
          : { do: 'forget', attempt: stream.attempt, abort: true },
    );
    const abandoned = [...this.#validations].filter((attempt) => !this.#attempts.has(attempt));
    this.#streams.clear();
    this.#attempts.clear();
    this.#instances.clear();
    this.#validations.clear();
    this.#admitted = 0;
    return [...effects, ...abandoned.map((attempt) => ({ do: 'forget', attempt, abort: true }) as const)];
  }

  /** The attempt, if it is still the one that its stream waits for, and at that step. */
  #pending(attempt: Attempt, ...steps: readonly Pending['step'][]): [StreamId, Pending] | undefined {
    const streamId = this.#attempts.get(attempt);
    const stream = streamId === undefined ? undefined : this.#streams.get(streamId);
    if (stream?.is !== 'pending' || !steps.includes(stream.step)) return undefined;
    return [streamId!, stream];
  }

  /** Refused without a count; what the stream is, it stays. */
  #refuse(now: number, streamId: StreamId, reason: DemultiplexerReason): DemultiplexerEffect[] {
    return [this.#sendReset(now, streamId), { do: 'diagnose', outcome: 'rejected', reason, streamId }];
  }

  /** The attempt is over, without a count. */
  #giveUp(now: number, streamId: StreamId, stream: Pending, reason: DemultiplexerReason): Effects {
    this.#validations.delete(stream.attempt);
    return [...this.#forget(streamId, stream), ...this.#refuse(now, streamId, reason)];
  }

  #failPending(
    now: number,
    streamId: StreamId,
    stream: Pending,
    reason: DiagnosticReason,
    status?: number,
  ): DemultiplexerEffect[] {
    return [
      ...this.#forget(streamId, stream),
      this.#sendReset(now, streamId),
      { do: 'diagnose', outcome: 'rejected', reason, streamId, ...(status !== undefined && { status }) },
      ...this.#countFailure(now),
    ];
  }

  /** A call to the registry that is under way keeps its slot. */
  #forget(streamId: StreamId, { attempt, step }: Pending): DemultiplexerEffect[] {
    if (step === 'answering') this.#admitted -= 1;
    this.#attempts.delete(attempt);
    this.#streams.delete(streamId);
    return [{ do: 'forget', attempt, abort: false }];
  }

  #endStream(streamId: StreamId, instance: Instance, because: 'reset' | 'closed'): Effects {
    this.#instances.delete(instance);
    this.#streams.delete(streamId);
    this.#admitted -= 1;
    return [{ do: 'end', instance, because }];
  }

  #countFailure(now: number): DemultiplexerEffect[] {
    this.#failures += 1;
    if (this.#failures < RELAY_HANDSHAKE_FAILURES) return [];
    this.#failures = 0;
    this.#coolUntil = now + RELAY_COOLDOWN_MS;
    return [{ do: 'coolDown' }];
  }

  #sendReset(now: number, streamId: StreamId): DemultiplexerEffect {
    this.#resets.add(now, streamId);
    return send(streamId, { kind: 'reset', reason: PROTOCOL_ERROR });
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }
}

/** Belongs to no records, so it acknowledges none. */
const send = (streamId: StreamId, body: Body): DemultiplexerEffect => ({
  do: 'send',
  frame: { streamId, ack: 0, ackBits: 0, body },
});

const digestOf = (request: Uint8Array): Buffer => createHash('sha256').update(request).digest();

/** Its text, which may be empty: whether that is good for anything the registry says. */
function readAuthorization(opened: Opened): string | { readonly refused: DemultiplexerReason } {
  if (!opened.ok) return { refused: 'handshake_request' };
  let text: string;
  try {
    text = utf8.decode(opened.authorization);
  } catch {
    return { refused: 'authorization_not_utf8' };
  }
  return opened.authorization.length > RELAY_AUTHORIZATION_BYTES ? { refused: 'authorization_too_long' } : text;
}
