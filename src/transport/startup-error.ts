/** A command that was understood but cannot be served. For people: `Error: TEXT` on stderr, exit code 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
