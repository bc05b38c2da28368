export default {
  files: ['build/test/**/*.test.js'],
  concurrency: 2,
  timeout: '2m',
  failWithoutAssertions: true,
  verbose: true,
  // A thread that ends closes every descriptor number that it has opened by fs.open, also those that somebody else has closed since:
  // numbers that by then may be another thread's, whose sockets then wait for ever.
  workerThreads: false,
};
