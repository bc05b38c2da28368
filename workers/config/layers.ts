/** Settings of one kind from several files, lowest precedence first, and what of them goes to the peer. */
import type { ConfigReadResult } from '#src/protocol/config.js';
import { fileUri, type NativePath } from '#src/protocol/path-uri.js';
import { type Selection, select } from './key-selection.js';
import type { TomlTable } from './toml-document.js';
import { writeToml } from './toml-text.js';

export interface Layer {
  /** Where it comes from, for people. */
  readonly source: string;
  /** What relative paths in it start from. */
  readonly baseDir: NativePath;
  readonly table: TomlTable;
  /** It is the machine's; settings from elsewhere that a client has come right above these. */
  readonly isSystem?: boolean;
}

/** Layers of which nothing was chosen are left out. */
export function chosenLayers(layers: readonly Layer[], chosen: Selection): ConfigReadResult['config'] {
  const kept = layers.flatMap((layer) => {
    const table = select(layer.table, chosen);
    return table === undefined ? [] : [{ ...layer, table }];
  });
  return {
    layers: kept.map(({ source, baseDir, table }) => ({ source, baseDir: fileUri(baseDir), toml: writeToml(table) })),
    cloudInsertionIndex: kept.filter(({ isSystem }) => isSystem).length,
  };
}
