import test from 'ava';
import type { FileUri } from '#src/protocol/ids.js';
import { declaredFiles, manifestAt, manifestPlaces, pluginNames } from '#workers/capabilities/plugin-manifest.js';

const ROOT = 'file:///p/root' as FileUri;
const manifest = (contents: string) => ({ path: `${ROOT}/.codex-plugin/plugin.json` as FileUri, contents });

test('a manifest stands in one of three places, the first of them preferred', (t) => {
  const places = manifestPlaces(ROOT);
  t.deepEqual(
    places.map((place) => place.slice(ROOT.length)),
    ['/.codex-plugin/plugin.json', '/.claude-plugin/plugin.json', '/.cursor-plugin/plugin.json'],
  );
  for (const [rank, place] of places.entries()) t.deepEqual(manifestAt(place), { root: ROOT, rank });
  for (const other of ['/plugin.json', '/.other-plugin/plugin.json', '/.codex-plugin/other.json', '']) {
    t.is(manifestAt(`${ROOT}${other}` as FileUri), undefined, other);
  }
});

const NAMES: readonly (readonly [contents: string, names: string | undefined])[] = [
  ['{"name":"demo"}', 'demo demo'],
  ['{"name":"demo","interface":{"displayName":" The  Demo "}}', 'demo The  Demo'],
  ['{"name":"demo","interface":{"displayName":" "}}', 'demo demo'],
  ['{"name":"demo","interface":null}', 'demo demo'],
  ['{"name":" "}', 'root root'],
  ['{}', 'root root'],
  ['{"name":5}', undefined],
  ['{"name":null}', undefined],
  ['{"interface":5}', undefined],
  ['{"interface":{"displayName":5}}', undefined],
  ['[]', undefined],
  ['junk', undefined],
];
for (const [contents, names] of NAMES) {
  test(`${contents} is called ${names ?? 'nothing'}`, (t) => {
    const read = pluginNames(manifest(contents));
    t.is(read && `${read.namespace} ${read.displayName}`, names);
  });
}

/** Files below the root, and warnings. */
function declared(contents: string) {
  const warnings: string[] = [];
  const { mcpConfig, appsConfig } = declaredFiles(ROOT, manifest(contents), (warning) => warnings.push(warning));
  return [mcpConfig?.slice(ROOT.length), appsConfig.slice(ROOT.length), ...warnings];
}

test('without a declaration the files stand in the usual places', (t) => {
  for (const contents of ['{}', 'junk', '5', '{"mcpServers":null,"apps":[]}', '{"mcpServers":5,"apps":{"x":1}}']) {
    t.deepEqual(declared(contents), ['/.mcp.json', '/.app.json'], contents);
  }
});

test('servers that are written out need no file', (t) => {
  t.deepEqual(declared('{"mcpServers":{}}'), [undefined, '/.app.json']);
});

test('a declared file is named from the root', (t) => {
  t.deepEqual(declared('{"mcpServers":"./a/b c.json","apps":"./%6d?.json"}'), ['/a/b%20c.json', '/%256d%3F.json']);
  t.deepEqual(declared('{"mcpServers":"././a//./b/","apps":"./..a"}'), ['/a/b', '/..a']);
  t.deepEqual(declared('{"apps":"./d\\\\m.json"}'), ['/.mcp.json', '/d%5Cm.json']);
});

const REFUSED: readonly (readonly [path: string, fault: string])[] = [
  ['m.json', 'path must start with `./`'],
  ['/m.json', 'path must start with `./`'],
  ['', 'path must start with `./`'],
  ['./', 'path must remain below the capability root'],
  ['.//m.json', 'path must remain below the capability root'],
  ['./../m.json', 'path must remain below the capability root'],
  ['./a/../m.json', 'path must remain below the capability root'],
  ['./a\\..\\m.json', 'path must remain below the capability root'],
  ['./a\0', 'path must remain below the capability root'],
];
for (const [path, fault] of REFUSED) {
  test(`a declaration of ${JSON.stringify(path)} is passed over`, (t) => {
    t.deepEqual(declared(JSON.stringify({ mcpServers: path })), [
      '/.mcp.json',
      '/.app.json',
      `ignoring mcpServers in ${ROOT}/.codex-plugin/plugin.json: ${fault}`,
    ]);
  });
}
