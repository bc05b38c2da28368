/** The chosen parts of a TOML document. Source: 0.169.0, probed. */
import { isTable, type TomlTable, type TomlValue } from './toml-document.js';

/** Of a table: everything, or under these names so much. */
export type Selection = 'all' | Map<string, Selection>;

/** Each path is the names of nested tables, outermost first, at least one. One that begins with another adds nothing to it. */
export function selection(paths: readonly (readonly string[])[]): Selection {
  const root = new Map<string, Selection>();
  for (const path of paths) add(root, path);
  return root;
}

function add(root: Map<string, Selection>, path: readonly string[]): void {
  let parent = root;
  for (const name of path.slice(0, -1)) {
    const chosen = parent.get(name) ?? new Map<string, Selection>();
    if (chosen === 'all') return;
    parent.set(name, chosen);
    parent = chosen;
  }
  parent.set(path.at(-1)!, 'all');
}

/** Undefined when nothing was chosen that is there. A table of which nothing was chosen stays, as an empty one. */
export function select(table: TomlTable, chosen: Selection): TomlTable | undefined {
  const selected = selectFrom(table, chosen) as TomlTable;
  return Object.keys(selected).length > 0 ? selected : undefined;
}

/** A value on the way that is no table is kept: it hides the tables of layers below it. */
function selectFrom(value: TomlValue, chosen: Selection): TomlValue {
  if (chosen === 'all' || !isTable(value)) return value;
  const selected = Object.create(null) as TomlTable;
  for (const [name, member] of Object.entries(value)) {
    const part = chosen.get(name);
    if (part !== undefined) selected[name] = selectFrom(member, part);
  }
  return selected;
}
