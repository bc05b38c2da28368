/** A dial that is not to be repeated: the same would come of it again, or what comes of it must not be used. */
export class FinalDialError extends Error {
  override readonly name = 'FinalDialError';
}

/** The listener answered that a limit of it is reached. It may have room at another time. */
export class LimitedDialError extends Error {
  override readonly name = 'LimitedDialError';
  constructor(
    message: string,
    /** The name of the limit, as the listener calls it. */
    readonly limit: string,
  ) {
    super(message);
  }
}
