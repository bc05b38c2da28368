export default {
  files: ['build/test/**/*.test.js'],
  concurrency: 2,
  timeout: '2m',
  failWithoutAssertions: true,
  verbose: true,
};
