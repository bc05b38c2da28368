/** Where an error was thrown, without what it says. */

/** A stack begins with the message, which may look like frames. Where it is another one by now nobody knows its end. */
export function framesOf({ message, stack = '' }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  const frames = stack.slice(start + message.length).match(/^ {4}at .*$/gm);
  return frames?.map((frame) => frame.slice(4)).join('; ');
}

/** On one line: its kind, its code, its frames. Its message may quote what a peer sent or a command wrote, and is left out. */
export function faultText(thrown: unknown): string {
  const error = asError(thrown);
  const { code } = error as NodeJS.ErrnoException;
  return [error.name, typeof code === 'string' ? code : undefined, framesOf(error)]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

/** Anything can be thrown. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
