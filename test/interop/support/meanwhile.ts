/** What comes while something runs. Errors: that of what runs, or that it ended first. */
export const meanwhile = <T>(running: Promise<unknown>, coming: Promise<T>): Promise<T> =>
  Promise.race([
    coming,
    running.then((result) => {
      throw new Error(`it ended first: ${JSON.stringify(result)}`);
    }),
  ]);
