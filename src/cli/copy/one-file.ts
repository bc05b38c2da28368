/** Both ends may be one file that we reach by two ways: writing it in place would empty it before it is read. */
import { createHash } from 'node:crypto';
import { FILE_BLOCK_BYTES } from '../../protocol/limits.js';
import { blaming, faultOf } from './fault.js';
import type { Side, Source } from './side.js';
import type { FileJob } from './tree.js';

/**
 * Whether there is nothing to write, as the target holds what the source does. It is only asked where both look like one
 * file. Errors: those of `Side`; a `FileFault` where they do, and what the target holds cannot be told.
 */
export async function needsNoCopy(job: FileJob, source: Side, target: Side, signal: AbortSignal): Promise<boolean> {
  if (!target.writesInPlace || !(await looksLikeOne(job, source, target))) return false;
  const { from, to, size } = job;
  const there = await blaming(to, () => target.digest(to.uri, size));
  if (there === undefined) throw faultOf(to, `may be the same file as ${from.shown}, which writing would empty`);
  return there === (await blaming(from, async () => hashOf(await source.read(from.uri, size), signal)));
}

/** Neither path nor machine tells; size and time are those of one file in any case. */
async function looksLikeOne({ from, to, size }: FileJob, source: Side, target: Side): Promise<boolean> {
  // Such a file is written by one request, after it was read.
  if (size <= FILE_BLOCK_BYTES) return false;
  const [here, there] = await Promise.all([
    blaming(from, () => source.look(from.uri)),
    blaming(to, () => target.look(to.uri)),
  ]);
  if (here?.kind !== 'file' || there?.kind !== 'file') return false;
  return here.size === there.size && here.modifiedAtMs === there.modifiedAtMs;
}

async function hashOf(source: Source, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (let bytes = await source.read(); bytes !== undefined; bytes = await source.read()) {
      signal.throwIfAborted();
      hash.update(bytes);
    }
  } finally {
    await source.close();
  }
  return hash.digest('hex');
}
