import type { ExecutionContext } from 'ava';
import type { RelayWorld } from './relay-world.js';

/** Of what was said through the relay nothing stands in what passed there, and nobody has said a token. */
export function assertUnreadable(
  t: ExecutionContext,
  { tap, said, tokens }: RelayWorld,
  words: readonly string[],
): void {
  const { frames, bodies } = tap;
  const passed = Buffer.concat([...frames, ...bodies]);
  t.true(frames.length > 10 && passed.length > 10_000, `${frames.length} frames, ${passed.length} bytes`);
  for (const [before, word] of words.entries()) {
    const inBase64 = Buffer.from(`${'.'.repeat(before)}${word}..`).toString('base64');
    t.true(
      spellings(word).some((spelling) => inBase64.includes(spelling)),
      'it would be found in base64',
    );
    for (const spelling of spellings(word)) t.false(passed.includes(spelling), word);
  }
  for (const token of Object.values(tokens)) t.false(said.includes(token) || passed.includes(token));
}

/** The text as it is, and as it stands in base64, wherever it may begin there. */
function spellings(text: string): string[] {
  const shifted = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1, -4),
  );
  return [text, ...shifted];
}
