/** Arguments that are no command. For people: the message on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(problem: string) {
    super(`error: ${problem}\n\nFor more information, try '--help'.`);
  }
}
