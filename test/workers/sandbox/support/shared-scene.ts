/**
 * Sandboxes that share one placeholder, each a sequence of steps, run in any order. What bubblewrap does is done here: it makes the
 * placeholder when a sandbox begins, if it is not there.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { lookThere } from '#workers/sandbox/placeholder-object.js';
import { type Held, PlaceholderRegistry, type Steps } from '#workers/sandbox/placeholder-registry.js';
import { done } from '#workers/sandbox/placeholder-tokens.js';

export class SharedScene implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly #dead = new Set<string>();
  /** Who relies on what is at the path at the moment. */
  readonly #relying = new Set<string>();
  readonly path = this.#folder.file('it');
  readonly #runtime = this.#folder.file('runtime');

  constructor() {
    mkdirSync(this.#runtime);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  registry(name: string): PlaceholderRegistry {
    return new PlaceholderRegistry(this.#runtime, { me: name, isLiving: (owner) => !this.#dead.has(owner) });
  }

  /** From its plan to its end. */
  *sandbox(name: string): Steps<void> {
    const registry = this.registry(name);
    const { held, isOurs } = yield* this.#planned(registry);
    yield 'go';
    if (isOurs) done(() => mkdirSync(this.path), 'EEXIST');
    // A plan that took it for somebody's binds it, which fails where it is gone.
    else if (!existsSync(this.path)) return;
    this.#relying.add(name);
    yield 'go';
    this.#relying.delete(name);
    yield* registry.release(held);
  }

  *#planned(registry: PlaceholderRegistry): Steps<{ held: Held[]; isOurs: boolean }> {
    for (;;) {
      const living = yield* registry.living();
      yield 'go';
      const isOurs = living.paths.has(this.path) || lookThere(this.path) === 'nothing';
      const held = yield* registry.acquire(isOurs ? [{ path: this.path, object: 'directory' }] : [], living);
      if (held !== 'changed') return { held, isOurs };
    }
  }

  /** The owner is gone, in the middle of whatever it did, and its sandbox with it. */
  kill(name: string): void {
    this.#dead.add(name);
    this.#relying.delete(name);
  }

  /** Whether its mask is on the placeholder, or it is bound as somebody's file. */
  relies(name: string): boolean {
    return this.#relying.has(name);
  }

  /** What is wrong now. */
  fault(): string | undefined {
    const isThere = existsSync(this.path);
    return this.#relying.size > 0 && !isThere ? `removed under ${[...this.#relying].join(', ')}` : undefined;
  }

  /** What is left, by the names of files. */
  leftovers(): string[] {
    const placeholders = join(this.#runtime, 'placeholders');
    const left = existsSync(placeholders) ? readdirSync(placeholders, { recursive: true, encoding: 'utf8' }) : [];
    return existsSync(this.path) ? ['it', ...left] : left;
  }
}

/** Says who is next, of those who can go on. */
export type Choose = (ready: readonly string[]) => string;

/** Runs them all to their ends. Returns the first fault, with what was done till then. */
export function interleave(scene: SharedScene, actors: Map<string, Steps<void>>, choose: Choose): string | undefined {
  const waiting = new Set<string>();
  const trace: string[] = [];
  while (actors.size > 0) {
    const ready = [...actors.keys()].filter((name) => !waiting.has(name));
    if (ready.length === 0) return `all wait: ${trace.join(' ')}`;
    const name = choose(ready);
    trace.push(name);
    const { done: isDone, value } = actors.get(name)!.next();
    if (isDone) actors.delete(name);
    if (value === 'wait') waiting.add(name);
    else waiting.clear();
    const fault = scene.fault();
    if (fault !== undefined) return `${fault}: ${trace.join(' ')}`;
    if (trace.length > 2000) return `no end: ${trace.join(' ')}`;
  }
  return undefined;
}

/** Who goes on, and how far: so many steps, until it relies on the placeholder, or to its end; in any case until it must wait. */
export type Turn = readonly [name: string, until: number | 'relies' | 'ends'];

/** The turns one after the other; afterwards all go on as they can. */
export function inTurns(scene: SharedScene, turns: readonly Turn[]): Choose {
  const ahead = [...turns];
  let steps = 0;
  return (ready) => {
    for (; ahead.length > 0; steps = 0, ahead.shift()) {
      const [name, until] = ahead[0]!;
      const isOver = typeof until === 'number' ? steps >= until : until === 'relies' && scene.relies(name);
      if (isOver || !ready.includes(name)) continue;
      steps += 1;
      return name;
    }
    return ready[0]!;
  };
}
