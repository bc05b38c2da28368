/**
 * The rival never sets TCP_NODELAY: the second of two small writes waits until the client's kernel acknowledges the first,
 * which on loopback it puts off for about 40 ms. A route with `quickack` takes that stall away without touching either
 * program, so that what remains is the rival's own time.
 */
import { execFileSync } from 'node:child_process';
import { atExit } from './exit-hooks.js';

const ADDRESS = '127.0.0.1';

export type WithQuickAck<Result> =
  | { readonly is: 'done'; readonly result: Result }
  /** The route is not ours to change; nothing was run. */
  | { readonly is: 'refused'; readonly reason: string };

/**
 * Runs `work` while the kernel acknowledges everything on 127.0.0.1 at once, and puts the route back however it ends.
 * Only connections opened meanwhile are sure to be affected.
 */
export async function withQuickAck<Result>(work: () => Promise<Result>): Promise<WithQuickAck<Result>> {
  let plain: readonly string[];
  try {
    plain = loopbackRoute();
    changeRoute([...plain, 'quickack', '1']);
  } catch (error) {
    return { is: 'refused', reason: `the loopback route cannot be changed: ${firstLine(error)}` };
  }
  const restore = () => changeRoute(plain);
  const forgetExit = atExit(restore);
  try {
    return { is: 'done', result: await work() };
  } finally {
    restore();
    forgetExit();
  }
}

/** Takes away what a killed bench has left, so that "as shipped" means it; without leave to do so there is nothing to do. */
export function ensureDelayedAck(): void {
  try {
    if (routeWords().includes('quickack')) changeRoute(loopbackRoute());
  } catch {
    // No `ip`, or a system without such a route: then no bench can have changed it either.
  }
}

/** The route's own words, without a quickack that is already there. */
function loopbackRoute(): readonly string[] {
  const words = routeWords();
  if (words.length === 0) throw new Error(`no route to ${ADDRESS} in the table "local"`);
  const at = words.indexOf('quickack');
  return at < 0 ? words : words.toSpliced(at, 2);
}

function routeWords(): string[] {
  const [line = ''] = ip('route', 'show', 'table', 'local', ADDRESS).split('\n');
  return line.split(/\s+/).filter((word) => word !== '');
}

function changeRoute(words: readonly string[]): void {
  ip('route', 'change', ...words, 'table', 'local');
}

const ip = (...args: string[]): string =>
  execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function firstLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr || message).trim().split('\n')[0]!;
}
