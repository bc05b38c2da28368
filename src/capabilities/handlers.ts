/** capabilityRoots/discoverV1 and capabilities/discoverV2: skills and plugins that are there for the peer to use. */
import { SYSTEM_FOLDER } from '../config/system-folder.js';
import { Routes, type SandboxHost } from '../files/routes.js';
import type { FilePool } from '../pool/file-pool.js';
import { INVALID_REQUEST, internalError, invalidRequest, RpcError } from '../protocol/errors.js';
import { CAPABILITY_ROOTS } from '../protocol/limits.js';
import type { SandboxContext } from '../protocol/sandbox.js';
import type { Handlers, PeerLink } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { untilSent } from '../rpc/until-sent.js';
import type { HelperSession } from '../sandboxed-files/sandboxed-files.js';
import { discoverRoots, routeRoot } from './discover-roots.js';

export interface CapabilityHost {
  readonly pool: FilePool;
  readonly sandboxes: SandboxHost;
  /** Tells where the user's files are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Largest reply that is sent. */
  readonly replyLimitBytes: number;
  readonly systemFolder?: string;
}

/** For one connection, which has one such call done at a time: each may read a whole tree. */
export function capabilityHandlers(host: CapabilityHost, { gone }: Pick<PeerLink, 'gone'>): Handlers {
  const { pool, sandboxes, environment, replyLimitBytes: limitBytes, systemFolder = SYSTEM_FOLDER } = host;
  const { HOME, CODEX_HOME } = environment;
  const turns = new Turns(1);
  const routes = new Routes(pool, sandboxes, gone);
  return {
    'capabilityRoots/discoverV1': ({ roots }, { session }) => {
      if (roots.length > CAPABILITY_ROOTS) {
        throw invalidRequest(`capability root discovery accepts at most ${CAPABILITY_ROOTS} roots`);
      }
      const routed = roots.map((root) => routeRoot(root, routes, session));
      return untilSent(turns, () => discoverRoots(routed, routes, limitBytes));
    },

    // What is installed does not depend on where the client is: `cwd` says nothing here.
    'capabilities/discoverV2': ({ sandbox }, { session }) => {
      const sight = sightOf(sandbox, routes, session);
      return untilSent(turns, () => {
        gone.throwIfAborted();
        return pool.run('discoverInstalled', { variables: { HOME, CODEX_HOME }, systemFolder, ...sight });
      });
    },
  };
}

/** Errors: -32603 for what is wrong with the sandbox, and for one that hides a part of the disk: where plugins are is no affair of its policy. */
function sightOf(sandbox: SandboxContext | null, routes: Routes, session: HelperSession) {
  try {
    const route = routes.of(sandbox, 'reads', session);
    if (route.by === 'us') return route.sight;
  } catch (error) {
    if (error instanceof RpcError && error.code === INVALID_REQUEST) throw internalError(error.message, error);
    throw error;
  }
  throw internalError(
    'capabilities/discoverV2 cannot be done in a sandbox that hides a part of the disk; nothing was done',
  );
}
