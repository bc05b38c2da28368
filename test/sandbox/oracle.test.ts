/** Through a real executor: what a sandboxed command, and file calls under the same sandbox, can do is what the policy says. */
import { chownSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { RpcError } from '#src/protocol/errors.js';
import { type AccessMap, accessOf } from '#src/sandbox/access.js';
import { isBelow } from '#src/sandbox/paths.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, RpcFailure } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { realDisk } from '#workers/sandbox/disk.js';
import { plan } from './support/policies.js';
import { makeTree, type RandomWorld, randomWorld, wordsFor } from './support/random-trees.js';
import { canSandbox } from './support/real-sandbox.js';
import { sandboxContext } from './support/sandbox-context.js';

/** What is at a path before; what can be done with it then: looked at, or changed (of a directory: something made in it). */
type Place = { readonly path: string; readonly is: 'directory' | 'file' | 'nothing' };
type Verdict = 'nothing' | 'read' | 'write';

const SEED = 20_260_101;
const RUNS = 16;

const NOBODY = 65_534;
const users = process.getuid?.() === 0 ? [0, NOBODY] : [process.getuid?.() ?? -1];
const testHere = canSandbox ? test.serial : test.serial.skip;

for (const uid of users) {
  const who = uid === 0 ? 'root' : uid === NOBODY ? 'nobody' : 'this user';
  testHere(`as ${who}, commands and file calls can do in random trees what random policies say`, async (t) => {
    using home = new TemporaryFolder();
    chownSync(home.path, uid, uid);
    await using executor = await ExecutorProgram.start({ uid, env: { HOME: home.path, CODEX_HOME: home.path } });
    await using client = await RpcClient.connect(executor.url);
    const outcomes = { held: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(randomWorld, async (world) => {
        outcomes[await heldOrRefused(t, client, world, uid)] += 1;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    t.true(outcomes.held >= RUNS / 2, JSON.stringify(outcomes));
  });
}

async function heldOrRefused(
  t: ExecutionContext,
  client: RpcClient,
  world: RandomWorld,
  uid: number,
): Promise<'held' | 'refused'> {
  using folder = new TemporaryFolder();
  const base = realpathSync(folder.path);
  const tree = makeTree(base, world, uid);
  const words = wordsFor(world, [...tree.keys()]);
  const sandbox = sandboxContext(...words);
  const places = [...tree].flatMap(([path, is]) => placesAt(path, is, tree));
  const expected = accessOrRefusal(words);
  const allowed = words.filter((text) => /^(read|write) /.test(text)).map((text) => text.split(' ')[1]!);

  if (expected instanceof RpcError) {
    const answer = await walked(client, sandbox, places).catch((error: unknown) => error);
    t.is((answer as RpcFailure).message, expected.message, words.join(', '));
    return 'refused';
  }
  const byCommand = await walked(client, sandbox, places);
  const byCalls = await called(client, sandbox, places);
  for (const [index, { path }] of places.entries()) {
    const wanted = wantedAt(places[index]!, expected);
    // A hidden directory can be listed all the same where it leads to something allowed, or to a link to it: it has only such names.
    const isWay: boolean = [...expected.values()]
      .flatMap((rule) => (rule.access === 'deny' ? [] : rule.path))
      .concat(allowed)
      .some((place) => isBelow(place, path));
    const unlessWay = (seen: Verdict): Verdict => (seen === 'read' && wanted === 'nothing' && isWay ? wanted : seen);
    const about = `${path} under ${words.join(', ')}`;
    t.is(unlessWay(byCommand[index]!), wanted, `a command: ${about}`);
    t.is(unlessWay(byCalls[index]!), wanted, `calls: ${about}`);
  }
  return 'held';
}

/** Every thing but links, and in directories what could be made there. */
function placesAt(path: string, is: string, tree: ReadonlyMap<string, unknown>): Place[] {
  if (is === 'link') return [];
  if (is !== 'directory') return [{ path, is: 'file' }];
  const missing = ['new', '.git', '.codex'].map((name) => `${path}/${name}`).filter((at) => !tree.has(at));
  return [{ path, is: 'directory' }, ...missing.map((at): Place => ({ path: at, is: 'nothing' }))];
}

function accessOrRefusal(words: readonly string[]): AccessMap | RpcError {
  try {
    return plan(realDisk, words).access;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}

/** What is not there can only be made, or not. */
function wantedAt({ path, is }: Place, access: AccessMap): Verdict {
  const can = accessOf(access, path);
  return can === 'deny' || (is === 'nothing' && can === 'read') ? 'nothing' : can;
}

/** Pairs of kind and path; a line for each: `r` if it can be read, `w` if it can be changed, which is then undone. */
const WALK = `
  while [ $# -gt 0 ]; do
    can=
    case $1 in
      directory) ls "$2" && can=r; mkdir "$2/made" && rmdir "$2/made" && can=\${can}w;;
      file) cat "$2" && can=r; (: >>"$2") && can=\${can}w;;
      nothing) mkdir "$2" && rmdir "$2" && can=w;;
    esac >/dev/null 2>&1
    echo "can $can"
    shift 2
  done`;

let walks = 0;

async function walked(client: RpcClient, sandbox: object, places: readonly Place[]): Promise<Verdict[]> {
  const processId = `walk-${++walks}`;
  const pairs = places.flatMap(({ path, is }) => [is, path]);
  await client.start(processId, ['/bin/sh', '-c', WALK, 'sh', ...pairs], { more: { sandbox } });
  const record = await client.closed(processId);
  const lines = record.output().toString().trimEnd().split('\n');
  if (lines.length !== places.length) throw new Error(`${lines.length} of ${places.length} places: ${record.output()}`);
  return lines.map((line, index) => verdict(line.includes('r', 4), line.includes('w', 4), places[index]!));
}

async function called(client: RpcClient, sandbox: object, places: readonly Place[]): Promise<Verdict[]> {
  const works = (method: string, path: string, more = {}): Promise<boolean> =>
    client.call(method, { path: pathToFileURL(path).href, sandbox, ...more }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof RpcFailure) return false;
        throw error;
      },
    );
  const makes = async (path: string): Promise<boolean> =>
    (await works('fs/createDirectory', path, { recursive: false })) && (await works('fs/remove', path));
  const tried = async (place: Place): Promise<Verdict> => {
    const { path, is } = place;
    switch (is) {
      case 'directory':
        return verdict(await works('fs/readDirectory', path), await makes(`${path}/made`), place);
      case 'file': {
        const written = await works('fs/writeFile', path, { dataBase64: '' });
        return verdict(await works('fs/readFile', path), written, place);
      }
      case 'nothing':
        return verdict(false, await makes(path), place);
    }
  };
  // At the same time, so that helpers that are not kept serve many calls.
  return Promise.all(places.map(tried));
}

function verdict(reads: boolean, writes: boolean, { path, is }: Place): Verdict {
  if (is !== 'nothing' && writes && !reads) throw new Error(`${path} can be changed, but not read`);
  return writes ? 'write' : reads ? 'read' : 'nothing';
}
