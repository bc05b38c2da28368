/** Why there is no connection, in one line, and what to do about it. What went wrong comes as words of others; there is nothing else to go by. */

/** Takes a token without showing it in the list of processes. */
export const TOKEN_VARIABLE = 'FARHAND_TOKEN';

const IS_THE_NAME_RIGHT = 'is the name of the host right?';

/** Of an executor that listens. */
export const listenerNotReached = ({ message }: Error, hasToken: boolean): string =>
  `${message}; ${adviceForListener(message, hasToken)}`;

/** Of an executor behind a registry. */
export function environmentNotReached(error: Error): string {
  const reason = withRoot(error);
  const advice = adviceForEnvironment(reason);
  return advice === undefined ? reason : `${reason}; ${advice}`;
}

function adviceForListener(reason: string, hasToken: boolean): string {
  if (reason.includes('answered 401')) {
    return hasToken
      ? 'it does not accept this token: is it the one that the executor was started with?'
      : `give the executor's token with --token-file FILE or ${TOKEN_VARIABLE}`;
  }
  if (reason.includes('getaddrinfo')) return IS_THE_NAME_RIGHT;
  return "is an executor running there? 'farhand serve' on the far machine starts one and prints its address";
}

function adviceForEnvironment(reason: string): string | undefined {
  if (/authentication failed \(40[13] /.test(reason)) {
    return "the registry does not accept this token: is it the environment's token for clients?";
  }
  if (reason.includes('environment_offline')) {
    return "is its executor running? 'farhand serve --remote URL --environment-id ID' on the far machine starts one";
  }
  if (reason.includes('(404 ')) return 'does this registry know this environment?';
  if (reason.includes('getaddrinfo')) return IS_THE_NAME_RIGHT;
  if (reason.includes('error sending request')) return 'is the registry running there?';
  if (reason.includes('did not answer')) return 'is its executor still connected?';
  return undefined;
}

/** With what lies behind it, where it was not said, such as `connect ECONNREFUSED 127.0.0.1:1`. */
function withRoot(error: Error): string {
  let root: unknown = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root instanceof Error && !error.message.includes(root.message)
    ? `${error.message}: ${root.message}`
    : error.message;
}
