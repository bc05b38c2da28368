import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordedMessage, startRecordingProxy } from '#test/support/recording-proxy.js';
import { codexOn } from './codex-exec.js';
import type { FileScenario, Seen } from './file-scenario.js';
import { freshFolder } from './fresh-folder.js';
import type { ListeningServer } from './listening-server.js';
import type { Release } from './releases.js';
import { startRenamingProxy } from './renaming-proxy.js';
import { inTurn } from './script-parts.js';
import { emptyFoldersOf, plantTree, readTree, type Tree } from './tree.js';

/** A scenario as it went. */
export interface Played extends Seen {
  /** All that the model was told, call after call. */
  readonly lastRequest: Seen['firstRequest'];
  /** Everything between the client and the executor, in the client's words. */
  readonly messages: readonly RecordedMessage[];
  /** What the client left on its own side of the wire, where it must leave nothing. */
  readonly nearFiles: Tree;
}

type Plot = Omit<FileScenario, 'title' | 'check'>;

/** How often a scenario is played whose client was late. */
const ATTEMPTS = 5;

/** Plays a scenario with the client of a release on a fresh executor; its files are where only the executor finds them. */
export async function play(release: Release, plot: Plot, start: () => Promise<ListeningServer>): Promise<Played> {
  const { wasInTime = () => true } = plot;
  let played = await playOnce(release, plot, start);
  for (let n = 1; n < ATTEMPTS && !wasInTime(played); n += 1) played = await playOnce(release, plot, start);
  return played;
}

async function playOnce(
  release: Release,
  { files, home = {}, cwd = '', features = [], confinement, calls }: Plot,
  start: () => Promise<ListeningServer>,
): Promise<Played> {
  await using near = await freshFolder();
  await using far = await freshFolder();
  await plantTree(far.path, files);
  const work = join(near.path, cwd);
  await mkdir(work, { recursive: true });

  const session = async () => {
    await using server = await start();
    await plantTree(server.home, home);
    await using renaming = await startRenamingProxy(server.url, { near: near.path, far: far.path });
    await using wire = await startRecordingProxy(renaming.url);
    const codex = codexOn(release, wire.url, {
      cwd: work,
      features,
      ...(confinement && { confinement: confinement(near.path) }),
    });
    const conversation = await codex.converse(inTurn(calls));
    return { ...conversation, messages: wire.messages, emptyFolders: await emptyFoldersOf(far.path) };
  };

  const { result: outputs, requests, messages, emptyFolders } = await session();
  return {
    folder: near.path,
    firstRequest: requests[0]!,
    lastRequest: requests.at(-1)!,
    outputs,
    files: await readTree(far.path),
    emptyFolders,
    messages,
    nearFiles: await readTree(near.path),
  };
}
