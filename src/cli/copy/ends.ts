/** What is to be copied where: the two ends as they were given, looked at. */
import { parentUri } from '../../protocol/path-uri.js';
import { hasName, meansFolder, placement } from './destination.js';
import { blaming, faultOf } from './fault.js';
import type { Found, Side } from './side.js';
import { inFolder, nameOf, type Spot } from './spot.js';
import { liesIn, type Pair } from './tree.js';

export interface End {
  readonly side: Side;
  readonly spot: Spot;
  /** As it was typed, without the executor. */
  readonly path: string;
}

export interface Plan {
  readonly root: Pair;
  readonly found: Found;
}

/** Errors: a `FileFault` where this cannot be copied to there; those of `Side`. */
export async function planCopy(source: End, destination: End, recursive: boolean): Promise<Plan> {
  const found = await blaming(source.spot, () => source.side.look(source.spot.uri));
  if (found === undefined) throw faultOf(source.spot, 'No such file or directory');
  const there = await blaming(destination.spot, () => destination.side.look(destination.spot.uri));
  const placed = placement({
    source: { kind: found.kind, endsInSlash: meansFolder(source.path) },
    sourceHasName: hasName(source.path),
    destination: { kind: there?.kind ?? 'missing', endsInSlash: meansFolder(destination.path) },
    recursive,
  });
  if ('refusal' in placed) throw faultOf((placed.of === 'source' ? source : destination).spot, placed.refusal);
  const inside = placed.put === 'inside';
  const to = inside ? inFolder(destination.spot, nameOf(source.spot.uri)) : destination.spot;
  if (found.kind === 'folder' && source.side === destination.side) await refuseWithin(source, to);
  return { root: { from: source.spot, to }, found };
}

/** A folder is not copied into itself, by whatever way. */
async function refuseWithin({ side, spot: from }: End, to: Spot): Promise<void> {
  const identityOf = (spot: Spot) => blaming(spot, () => side.identity(spot.uri));
  const exists = (await blaming(to, () => side.look(to.uri))) !== undefined;
  const into = exists ? to : { ...to, uri: parentUri(to.uri) ?? to.uri };
  if (liesIn(await identityOf(into), await identityOf(from))) throw faultOf(to, `lies in ${from.shown} itself`);
}
