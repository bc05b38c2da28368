/** A helper that runs as a program of its own, and is asked over its pipes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { FileTasks } from '#src/pool/file-calls.js';
import { encodeFrame, type Frame, FrameReader } from '#src/sandboxed-files/frames.js';
import { HELPER_COMMAND } from '#src/sandboxed-files/helper-needs.js';
import type { HelperReply, SandboxedOperation } from '#src/sandboxed-files/messages.js';
import { encodeTask } from '#src/sandboxed-files/task-json.js';

type Outcome = { readonly done: unknown } | { readonly fault: { readonly code: number; readonly message: string } };

/** The reply to one request; `text` is its body. */
export type Answer = Outcome & { readonly text: string | undefined };

const LIMITS = { jsonBytes: 1024 * 1024, bodyBytes: 64 * 1024 * 1024 };

export class HelperProcess implements AsyncDisposable {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
  /** Ids in the order of their replies. */
  readonly order: number[] = [];
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  /** `descriptors`: what the program gets as its 3, 4, and so on. */
  constructor(command: readonly string[] = HELPER_COMMAND, descriptors: readonly number[] = []) {
    const [program, ...args] = command;
    const stdio = ['pipe', 'pipe', 'pipe', ...descriptors] as ['pipe', 'pipe', 'pipe'];
    this.process = spawn(program!, args, { cwd: '/', env: {}, stdio });
    let errors = '';
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    this.ended = once(this.process, 'close').then(([code]) => ({ code, errors }));
    this.process.stdin.on('error', () => {});
    const reader = new FrameReader(LIMITS);
    this.process.stdout.on('data', (piece: Buffer) => {
      for (const frame of reader.push(piece)) this.#take(frame);
    });
  }

  get lastId(): number {
    return this.#lastId;
  }

  ask<O extends SandboxedOperation>(operation: O, task: Omit<FileTasks[O]['task'], 'slot' | 'gone'>): Promise<Answer> {
    const { task: json, body } = encodeTask(task as never);
    return this.askRaw({ operation, task: json }, body);
  }

  askRaw(request: object, body?: Uint8Array): Promise<Answer> {
    const id = ++this.#lastId;
    this.send({ id, ...request }, body);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  send(message: unknown, body?: Uint8Array): void {
    for (const part of encodeFrame(JSON.stringify(message), body)) this.process.stdin.write(part);
  }

  #take({ json, body }: Frame): void {
    const { id, ...outcome } = JSON.parse(json) as HelperReply;
    this.order.push(id);
    const text = body && Buffer.from(body.memory.subarray(body.start, body.end)).toString();
    this.#waiting.get(id)?.({ ...outcome, text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}
