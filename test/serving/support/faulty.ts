/** Loaded into an executor before its own code: makes it go wrong, in a place that is nobody's, when a signal says so. */
const faults: Readonly<Record<string, () => void>> = {
  // A message that says more than it should.
  SIGUSR2: () => {
    setTimeout(() => {
      throw new TypeError('the payload of a peer');
    }, 1);
  },
  SIGWINCH: () => void Promise.reject(new RangeError('the payload of a peer')),
};
for (const [signal, go] of Object.entries(faults)) process.on(signal, go);
