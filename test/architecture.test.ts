/** Imports point along the way of the data, or to shared leaves. Every edge between two folders stands in a table here. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which folders, and files beside them, a folder may take code from. Read downwards it is the way of a request. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['cli', 'server.ts'],
  cli: ['index.ts', 'bubblewrap', 'client', 'links', 'protocol', 'rendezvous', 'serving'],
  'index.ts': ['client'],
  client: ['credentials', 'harness', 'protocol', 'registry', 'relay', 'rpc', 'transport'],
  'server.ts': ['executor.ts', 'observation', 'options', 'serving', 'transport', 'protocol'],
  options: ['limits', 'observation', 'protocol', 'transport'],
  'executor.ts': [
    ...[
      'bubblewrap',
      'capabilities',
      'config',
      'files',
      'http',
      'limits',
      'observation',
      'pool',
      'process',
      'protocol',
      'rpc',
    ],
    ...['sandboxed-files', 'session', 'transport'],
  ],
  serving: ['protocol'],
  transport: ['protocol'],
  rpc: ['protocol'],
  session: ['limits', 'process', 'protocol'],
  process: ['protocol', 'rings', 'sandbox'],
  capabilities: ['config', 'files', 'protocol', 'rpc', 'sandbox'],
  config: ['protocol', 'rpc'],
  files: ['protocol', 'rpc', 'sandbox'],
  http: ['protocol', 'rpc'],
  pool: ['noise', 'protocol', 'rings'],
  'sandboxed-files': ['pool', 'protocol'],
  bubblewrap: ['protocol', 'sandbox'],
  workers: ['files', 'noise', 'pool', 'process', 'protocol', 'rings', 'sandbox', 'sandboxed-files'],
  rings: ['protocol'],
  sandbox: ['protocol'],
  noise: ['protocol'],
  relay: ['noise', 'protocol'],
  rendezvous: ['noise', 'protocol', 'relay', 'transport'],
  remote: ['credentials', 'http', 'links', 'noise', 'pool', 'protocol', 'registry', 'relay', 'transport'],
  harness: ['credentials', 'http', 'links', 'noise', 'pool', 'protocol', 'registry', 'relay', 'transport'],
  links: ['noise', 'protocol', 'relay', 'transport'],
  registry: ['credentials', 'http', 'noise', 'protocol', 'relay'],
  credentials: ['http', 'protocol'],
  limits: ['protocol'],
  observation: ['protocol', 'remote', 'transport'],
  protocol: [],
};

/** Whose shapes it may name besides; nothing of them is loaded. */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  'server.ts': ['limits', 'pool'],
  rpc: ['observation', 'session', 'transport'],
  session: ['observation', 'pool', 'rpc', 'transport'],
  process: ['bubblewrap', 'limits', 'observation', 'pool', 'rpc'],
  capabilities: ['pool', 'sandboxed-files'],
  config: ['pool'],
  files: ['pool', 'sandboxed-files'],
  pool: ['bubblewrap', 'observation', 'sandbox', 'transport'],
  'sandboxed-files': ['bubblewrap', 'sandbox'],
  workers: ['bubblewrap'],
  options: ['credentials'],
};

/**
 * What workers load from folders that are not for them as a whole: the messages, machines without I/O, how a group is signalled,
 * and how paths and files are looked at, which the main thread does too.
 */
const FOR_WORKERS = [
  'src/files/descriptor-path',
  'src/files/file-stamp',
  'src/files/hidden-places',
  'src/files/metadata',
  'src/files/no-follow',
  'src/files/os-failure',
  'src/files/regular-file',
  'src/pool/block-slots',
  'src/pool/calls',
  'src/pool/file-calls',
  'src/pool/frame-slabs',
  'src/pool/handshake-calls',
  'src/pool/parcel',
  'src/pool/signal-group',
  'src/pool/start-marks',
  'src/process/event-messages',
  'src/process/event-order',
  'src/process/output-flow',
  'src/process/program-lookup',
];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Only types are taken: gone when it runs. */
  readonly typesOnly: boolean;
}

const imports: readonly Import[] = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => importsOf(join(folder, name))),
);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)( type)?\b[^;'"]*?(?:from )?'([^']+)';$/gm)].flatMap(
    ([, type, target]) => {
      const to = resolve(file, target!);
      return to === undefined ? [] : [{ from: file, to, typesOnly: type !== undefined }];
    },
  );
}

/** Path of one of our files, without its ending; undefined for packages and Node's modules. */
function resolve(file: string, target: string): string | undefined {
  const plain = target.replace(/\.js$/, '');
  if (plain.startsWith('.')) return join(dirname(file), plain);
  if (plain.startsWith('#src/')) return plain.slice(1);
  return plain.startsWith('#') ? plain : undefined;
}

/** The folder below src, `workers`, or the name of a file right below src. */
function placeOf(path: string): string {
  const [top, folder, file] = path.split('/');
  if (top !== 'src') return top!;
  return file === undefined ? `${folder!.replace(/\.ts$/, '')}.ts` : folder!;
}

const told = ({ from, to }: Import): string => `${from} -> ${to}`;

test('imports are found', (t) => t.true(imports.length > 200));

test('code comes from where the table says', (t) => {
  const strays = imports.filter(({ from, to, typesOnly }) => {
    const [place, source] = [placeOf(from), placeOf(to)];
    return !typesOnly && place !== source && !MAY_USE[place]?.includes(source);
  });
  t.deepEqual(strays.map(told), []);
});

test('shapes come from where the tables say', (t) => {
  const strays = imports.filter(({ from, to, typesOnly }) => {
    const [place, source] = [placeOf(from), placeOf(to)];
    return typesOnly && place !== source && ![...(MAY_USE[place] ?? []), ...(MAY_NAME[place] ?? [])].includes(source);
  });
  t.deepEqual(strays.map(told), []);
});

test('no folder takes code from one that takes code from it', (t) => {
  const below = (place: string): string[] => (MAY_USE[place] ?? []).flatMap((used) => [used, ...below(used)]);
  for (const place of Object.keys(MAY_USE)) t.false(below(place).includes(place), place);
});

test('workers load messages, rings, constants and pure machines, never what belongs to the main thread', (t) => {
  const strays = imports.filter(
    ({ from, to }) =>
      placeOf(from) === 'workers' && ['files', 'pool', 'process'].includes(placeOf(to)) && !FOR_WORKERS.includes(to),
  );
  t.deepEqual(strays.map(told), []);
});

test('the table has no edge that nobody needs', (t) => {
  const edges = new Set(imports.map(({ from, to }) => `${placeOf(from)} -> ${placeOf(to)}`));
  const allowed = [MAY_USE, MAY_NAME].flatMap((table) =>
    Object.entries(table).flatMap(([place, sources]) => sources.map((source) => `${place} -> ${source}`)),
  );
  t.deepEqual(
    allowed.filter((edge) => !edges.has(edge)),
    [],
  );
});
