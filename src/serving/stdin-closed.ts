/** Resolves when nothing more can come from standard input. What comes until then is read, and is nobody's. */
export async function stdinClosed(): Promise<void> {
  const { stdin } = process;
  if (stdin.readableEnded || stdin.destroyed) return;
  await new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'close'] as const) stdin.once(event, () => resolve());
    stdin.resume();
  });
}
