/** Helpers that say what a test tells them to, over real pipes. */
import { readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Enforcement } from '#src/pool/calls.js';
import type { ProcessHandle } from '#src/pool/supervisor-pool.js';
import type { HelperOwner, WorkerLink } from '#src/pool/worker-link.js';
import type { ConfinedPolicy } from '#src/sandbox/policy.js';
import { encodeFrame, FrameReader } from '#src/sandboxed-files/frames.js';
import {
  type Asker,
  type HelperSession,
  SandboxedFiles,
  type SandboxedFilesOptions,
} from '#src/sandboxed-files/sandboxed-files.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';

// biome-ignore lint/suspicious/noExplicitAny: a request as it came over the pipe.
type Request = any;

const LIMITS = { jsonBytes: 1 << 20, bodyBytes: 1 << 20 };

export class FakeHelper {
  readonly enforcement: Enforcement;
  readonly asked: Request[] = [];
  /** What its descriptors, and those at our end, lead to. */
  readonly pipes: readonly string[];
  /** Whether somebody wanted it killed; it ends then, unless it `resists`. */
  wasKilled = false;
  resists = false;
  /** Its input has ended; it ends then, unless it `resists`. */
  wasToldToEnd = false;
  /** What it answers at once. */
  answer: ((request: Request) => void) | undefined;
  readonly #owner: HelperOwner;
  readonly #sockets: { readonly input: Socket; readonly output: Socket; readonly errors: Socket };
  readonly #changed: () => void;
  #ended = false;

  constructor(enforcement: Enforcement, owner: HelperOwner, changed: () => void) {
    this.enforcement = enforcement;
    this.#owner = owner;
    this.#changed = changed;
    const [input, output, errors] = [pipe(), pipe(), pipe()];
    this.pipes = [input, output, errors].map(({ read }) => readlinkSync(`/proc/self/fd/${read}`));
    this.#sockets = {
      input: new Socket({ fd: input.read, readable: true, writable: false }),
      output: new Socket({ fd: output.write, readable: false, writable: true }),
      errors: new Socket({ fd: errors.write, readable: false, writable: true }),
    };
    for (const socket of Object.values(this.#sockets)) socket.on('error', () => {});
    const frames = new FrameReader(LIMITS);
    this.#sockets.input
      .on('data', (bytes: Buffer) => {
        for (const { json } of frames.push(bytes)) this.#take(JSON.parse(json));
      })
      .on('end', () => {
        this.wasToldToEnd = true;
        this.#changed();
        if (!this.resists) this.end(0);
      });
    owner.started({ input: input.write, output: output.read, errors: errors.read });
  }

  done(id: number, done: unknown, body?: string): void {
    this.raw(encodeFrame(JSON.stringify({ id, done }), body === undefined ? undefined : Buffer.from(body)));
  }

  fault(id: number, code: unknown, message: unknown): void {
    this.raw(encodeFrame(JSON.stringify({ id, fault: { code, message } })));
  }

  raw(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#sockets.output.write(part);
  }

  end(exitCode: number, said = ''): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sockets.errors.end(said);
    this.#sockets.output.end();
    this.#sockets.input.destroy();
    this.#owner.ended(exitCode);
    this.#changed();
  }

  lose(): void {
    this.#owner.lost();
  }

  kill(): void {
    this.wasKilled = true;
    this.#changed();
    if (!this.resists) this.end(137);
  }

  #take(request: Request): void {
    this.asked.push(request);
    this.answer?.(request);
    this.#changed();
  }
}

const spawner = createPosixSpawner()!;
const pipe = () => spawner.createPipe();

/** A pool of them, and what asks it. */
export class FakePool {
  readonly helpers: FakeHelper[] = [];
  /** Helpers whose sandboxes are out of date. */
  readonly stale = new Set<FakeHelper>();
  checks = 0;
  /** Given to helpers from now on. */
  answer: ((helper: FakeHelper, request: Request) => void) | undefined;
  readonly #waiting = new Set<() => void>();

  startHelper(enforcement: Enforcement, owner: HelperOwner): ProcessHandle {
    let helper: FakeHelper | undefined;
    // Started in a later turn, as by a worker.
    setImmediate(() => {
      helper = new FakeHelper(enforcement, owner, () => this.#look());
      const { answer } = this;
      if (answer) helper.answer = (request) => answer(helper!, request);
      this.helpers.push(helper);
      this.#look();
    });
    const link = {
      check: async () => {
        this.checks++;
        return !this.stale.has(helper!);
      },
      terminate: () => helper?.kill(),
    };
    return { key: 1, link: link as unknown as WorkerLink };
  }

  /** Resolves when this holds. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export const policy = (path: string): ConfinedPolicy => ({
  kind: 'confined',
  rules: [{ path, access: 'write' }],
  platform: true,
  globs: [],
  globDepth: undefined,
  network: 'enabled',
});

/** A session, and one connection of it. */
export interface Scene {
  readonly pool: FakePool;
  readonly files: SandboxedFiles;
  asker(path?: string, session?: HelperSession): Asker;
  endSession(): void;
  leave(): void;
}

export function scene(options: Partial<SandboxedFilesOptions> = {}): Scene {
  const pool = new FakePool();
  const bubblewrap = () => ({}) as ReturnType<SandboxedFilesOptions['bubblewrap']>;
  const files = new SandboxedFiles({ pool, bubblewrap, bodyBytes: 1 << 20, ...options });
  const ending = new AbortController();
  const session = { id: 'session', ended: ending.signal };
  const leaving = new AbortController();
  const asker = (path = '/w', its: HelperSession = session) => ({
    session: its,
    policy: policy(path),
    gone: leaving.signal,
  });
  return { pool, files, asker, endSession: () => ending.abort(), leave: () => leaving.abort() };
}
