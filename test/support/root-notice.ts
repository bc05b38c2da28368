/** All that an executor without a token says on its standard error, where nothing is wrong; ours when we are root. */
export const ROOT_NOTICE =
  process.getuid?.() === 0
    ? 'running as root without a token: sandboxed commands are kept out more safely with --ws-auth, or as an ordinary user\n'
    : '';
