import type { Channel } from '#src/noise/channel.js';
import { RELAY_RECORD_BYTES } from '#src/protocol/limits.js';
import { MessageAssembler } from '#src/relay/message-assembler.js';
import { ProcessRecord } from '#test/support/process-record.js';
import { eventOf, RpcFailure, type StartOptions, startParams } from '#test/support/rpc-client.js';
import type { ExecutorEnd } from './rendezvous.js';

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is whatever the other side sent.
type Json = any;

/** One stream behind its handshake: JSON-RPC in records, or whatever else a test wants to send as one. */
export class HarnessStream {
  sessionId = '';
  readonly records = new Map<string, ProcessRecord>();
  /** Whether a reset ends it. Not where a reset is for somebody else who wants its id. */
  heedsResets = true;
  readonly #link: ExecutorEnd;
  readonly streamId: string;
  readonly #channel: Channel;
  readonly #assembler = new MessageAssembler();
  readonly #answers = new Map<number, Json>();
  /** How far the frames of the link were looked at. */
  #lookedAt: number;
  #nextSeq = 0;
  #nextId = 1;

  /** `from`: where in the frames of the link its own begin. */
  constructor(link: ExecutorEnd, streamId: string, channel: Channel, from: number) {
    this.#link = link;
    this.streamId = streamId;
    this.#channel = channel;
    this.#lookedAt = from;
  }

  /** The record that comes next, encrypted; it has to be sent in its turn. */
  seal(plaintext: Uint8Array | string): Uint8Array {
    return this.#channel.sealer.seal(Buffer.from(plaintext));
  }

  /** The number of the record that is sent next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  sendSealed(payload: Uint8Array, seq = this.#nextSeq): void {
    this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
    this.#link.sendFrame(this.streamId, { kind: 'data', seq, payload });
  }

  sendRecord(plaintext: Uint8Array | string): void {
    this.sendSealed(this.seal(plaintext));
  }

  /** Any bytes of the stream, in as few records as they fit in, or in shorter ones. */
  sendBytes(bytes: Uint8Array, recordBytes = RELAY_RECORD_BYTES): void {
    for (let at = 0; at < bytes.length; at += recordBytes) this.sendRecord(bytes.subarray(at, at + recordBytes));
  }

  /** A request that is not sent: its bytes in the stream, and its answer, once somebody has sent them. */
  request(method: string, params: unknown = {}): { readonly bytes: Buffer; readonly answer: () => Promise<Json> } {
    const id = this.#nextId++;
    return { bytes: framed(JSON.stringify({ id, method, params })), answer: () => this.#answer(id) };
  }

  /** The result. Rejects with `RpcFailure`, or when the stream is reset. */
  call(method: string, params: unknown = {}): Promise<Json> {
    const { bytes, answer } = this.request(method, params);
    this.sendBytes(bytes);
    return answer();
  }

  /** A request whose answer nobody waits for. */
  ask(method: string, params: unknown): void {
    this.sendBytes(this.request(method, params).bytes);
  }

  notify(method: string, params: unknown): void {
    this.sendBytes(framed(JSON.stringify({ method, params })));
  }

  async initialize(resumeSessionId?: string): Promise<void> {
    const params = { clientName: 'test', resumeSessionId: resumeSessionId ?? null };
    const { sessionId } = await this.call('initialize', params);
    this.sessionId = sessionId;
    this.notify('initialized', {});
  }

  /** A shell script, with an environment in which it finds the usual programs. */
  shell(processId: string, script: string, options: StartOptions = {}): Promise<Json> {
    return this.call('process/start', shellParams(processId, script, options));
  }

  /** What has been told of a process so far. */
  record(processId: string): ProcessRecord {
    this.#look();
    return this.#recordOf(processId);
  }

  #recordOf(processId: string): ProcessRecord {
    const known = this.records.get(processId) ?? new ProcessRecord();
    this.records.set(processId, known);
    return known;
  }

  /** Whether the executor has ended the stream. */
  get isReset(): boolean {
    this.#look();
    return this.#reset;
  }
  #reset = false;

  async becomesReset(): Promise<void> {
    await this.until(() => this.isReset);
  }

  /** Resolves as soon as it is so, after all that has come so far. */
  until(isSo: () => boolean): Promise<void> {
    return this.#link.until(() => {
      this.#look();
      return isSo();
    });
  }

  /** Tells the executor that it is over. */
  leave(): void {
    this.#link.sendFrame(this.streamId, { kind: 'reset', reason: 'closed' });
  }

  async #answer(id: number): Promise<Json> {
    await this.until(() => this.#answers.has(id) || this.#reset);
    const { result, error } = this.#answers.get(id) ?? { error: { code: 0, message: 'the stream was reset' } };
    if (error !== undefined) throw new RpcFailure(error.code, error.message);
    return result;
  }

  /** Links in these tests keep the order, so each record is the next one. */
  #look(): void {
    const { frames } = this.#link;
    for (; this.#lookedAt < frames.length && !this.#reset; this.#lookedAt += 1) {
      const { streamId, body } = frames[this.#lookedAt]!;
      if (streamId !== this.streamId) continue;
      if (body.kind === 'reset') this.#reset = this.heedsResets;
      if (body.kind !== 'data') continue;
      for (const message of this.#assembler.push(this.#channel.opener.open(body.payload))) this.#receive(message);
    }
  }

  #receive(bytes: Uint8Array): void {
    const { id, method, params, ...answer } = JSON.parse(Buffer.from(bytes).toString());
    if (id !== undefined) this.#answers.set(id, answer);
    const event = id === undefined ? eventOf(method, params) : undefined;
    if (event !== undefined) this.#recordOf(params.processId).add(event);
  }
}

export const shellParams = (processId: string, script: string, options: StartOptions = {}): object =>
  startParams(processId, ['/bin/sh', '-c', script], options);

/** A message behind its length. */
export function framed(message: string | Uint8Array): Buffer {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
