/** A dial that is not to be repeated: the same would come of it again, or what comes of it must not be used. */
export class FinalDialError extends Error {
  override readonly name = 'FinalDialError';
}
