/**
 * What must be undone however the bench ends: by itself, by an error, by a signal, or by process.exit.
 * Undoing is synchronous, since nothing else runs at the end of a program.
 */
const hooks = new Set<() => void>();

process.on('exit', () => {
  for (const undo of hooks) undo();
});
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  // Shells report a death by signal this way.
  process.on(signal, () => process.exit(128 + number));
}

/** Has `undo` run at the end of the program unless the returned function is called before; that one does not run it. */
export function atExit(undo: () => void): () => void {
  hooks.add(undo);
  return () => void hooks.delete(undo);
}
