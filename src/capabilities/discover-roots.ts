/** Roots that are looked at one by one, each by whoever may; the answers are put together in the order asked for. */
import type { Result, Route, Routes } from '../files/routes.js';
import type { DiscoverRootsParams } from '../protocol/discovery.js';
import { RpcError, replyTooLarge } from '../protocol/errors.js';
import { needsCwd } from '../sandbox/policy-errors.js';
import type { HelperSession } from '../sandboxed-files/sandboxed-files.js';

type Root = DiscoverRootsParams['roots'][number];

/** A root, and who looks at it; or why nobody does. */
export type RoutedRoot = Pick<Root, 'id' | 'path'> & { readonly route: Route; readonly refusal: string | null };

const NOBODY: Route = { by: 'us', sight: {} };

/** Errors: -32602 for a sandbox that lacks its cwd, which fails all of them; with any other fault a root fails alone. Source: 0.169.0. */
export function routeRoot({ id, path, sandbox }: Root, routes: Routes, session: HelperSession): RoutedRoot {
  try {
    return { id, path, route: routes.of(sandbox, 'reads', session), refusal: null };
  } catch (error) {
    if (!(error instanceof RpcError) || error.message === needsCwd().message) throw error;
    return refused({ id, path }, error);
  }
}

const refused = ({ id, path }: Pick<Root, 'id' | 'path'>, { message }: RpcError): RoutedRoot => ({
  id,
  path,
  route: NOBODY,
  refusal: `failed to inspect capability root ${path}: ${message}`,
});

/** The method's result as JSON. Errors: -32600 when it would be too large to be sent. */
export async function discoverRoots(roots: readonly RoutedRoot[], routes: Routes, limitBytes: number): Promise<string> {
  if (roots.every(({ route }) => route.by === 'us')) return discoverHere(roots, routes, limitBytes);
  const texts: string[] = [];
  let left = limitBytes;
  for (const root of roots) {
    const text = await discoverOne(root, routes, left).catch((error: unknown) => {
      throw error instanceof RpcError && error.message === replyTooLarge(left).message
        ? replyTooLarge(limitBytes)
        : error;
    });
    texts.push(text);
    left -= Buffer.byteLength(text);
    if (left < 0) throw replyTooLarge(limitBytes);
  }
  return `${HEAD}${texts.join()}${TAIL}`;
}
const HEAD = '{"roots":[';
const TAIL = ']}';

async function discoverHere(roots: readonly RoutedRoot[], routes: Routes, limitBytes: number): Promise<string> {
  const task = roots.map(({ id, path, refusal, route }) => ({
    id,
    path,
    refusal,
    ...(route.by === 'us' ? route.sight : {}),
  }));
  return textOf(await routes.run(NOBODY, 'discoverRoots', { roots: task, limitBytes }));
}

/** The text of one root. */
async function discoverOne(root: RoutedRoot, routes: Routes, limitBytes: number): Promise<string> {
  const { id, path, route } = root;
  let text: string;
  if (route.by === 'us') text = await discoverHere([root], routes, limitBytes);
  else {
    try {
      const roots = [{ id, path, refusal: null }];
      text = textOf(await routes.run(route, 'discoverRoots', { roots, limitBytes }));
    } catch (error) {
      if (!(error instanceof RpcError) || error.message === replyTooLarge(limitBytes).message) throw error;
      text = await discoverHere([refused(root, error)], routes, limitBytes);
    }
  }
  return text.slice(HEAD.length, -TAIL.length);
}

function textOf(result: Result<'discoverRoots'>): string {
  if (typeof result === 'string') return result;
  const { memory, start, end } = result;
  return Buffer.from(memory.buffer, memory.byteOffset + start, end - start).toString();
}
