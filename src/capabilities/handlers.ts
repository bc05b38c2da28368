/** capabilityRoots/discoverV1 and capabilities/discoverV2: skills and plugins that are there for the peer to use. */
import { SYSTEM_FOLDER } from '../config/system-folder.js';
import { refuseSandbox } from '../files/refuse-sandbox.js';
import type { FilePool } from '../pool/file-pool.js';
import { invalidRequest, RpcError } from '../protocol/errors.js';
import { CAPABILITY_ROOTS } from '../protocol/limits.js';
import type { SandboxContext } from '../protocol/sandbox.js';
import type { Handlers } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { untilSent } from '../rpc/until-sent.js';

export interface CapabilityHost {
  readonly pool: FilePool;
  /** Tells where the user's files are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Largest reply that is sent. */
  readonly replyLimitBytes: number;
  readonly systemFolder?: string;
}

/** For one connection, which has one such call done at a time: each may read a whole tree. */
export function capabilityHandlers(host: CapabilityHost): Handlers {
  const { pool, environment, replyLimitBytes: limitBytes, systemFolder = SYSTEM_FOLDER } = host;
  const { HOME, CODEX_HOME } = environment;
  const turns = new Turns(1);
  return {
    'capabilityRoots/discoverV1': ({ roots }, { gone }) => {
      if (roots.length > CAPABILITY_ROOTS) {
        throw invalidRequest(`capability root discovery accepts at most ${CAPABILITY_ROOTS} roots`);
      }
      const asked = roots.map(({ id, path, sandbox }) => ({ id, path, refusal: refusalOf(sandbox) }));
      return untilSent(turns, () => {
        gone.throwIfAborted();
        return pool.run('discoverRoots', { roots: asked, limitBytes });
      });
    },

    // What is installed does not depend on where the client is: `cwd` says nothing here.
    'capabilities/discoverV2': ({ sandbox }, { gone }) => {
      refuseSandbox(sandbox);
      return untilSent(turns, () => {
        gone.throwIfAborted();
        return pool.run('discoverInstalled', { variables: { HOME, CODEX_HOME }, systemFolder });
      });
    },
  };
}

/** Why a root must not be looked at; only that one fails. */
function refusalOf(sandbox: SandboxContext | null): string | null {
  try {
    refuseSandbox(sandbox);
    return null;
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  }
}
