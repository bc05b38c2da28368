/** Recognises `~.` typed at the beginning of a line, as remote shells have it. Typed by hand, so each key is looked at alone. */

type State = 'line start' | 'tilde' | 'in line';

/** The returned function takes what was typed, in order, and says whether the escape is complete. */
export function escapeWatcher(): (bytes: Uint8Array) => boolean {
  let state: State = 'line start';
  return (bytes) => {
    for (const byte of bytes) {
      const key = String.fromCharCode(byte);
      if (state === 'tilde' && key === '.') return true;
      if (key === '\r' || key === '\n') state = 'line start';
      else state = state === 'line start' && key === '~' ? 'tilde' : 'in line';
    }
    return false;
  };
}
