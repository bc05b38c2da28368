/** initialize and the environment/* methods. */
import { PROCESS_END } from '../protocol/process-end.js';
import type { InitializeParams } from '../protocol/session.js';
import type { Handlers } from '../rpc/handlers.js';
import type { Connection } from '../transport/connection.js';
import type { Session } from './session.js';
import type { SessionTable } from './session-table.js';

/** `info`: the result of environment/info as JSON text. */
export const environmentHandlers = (info: string): Handlers => ({
  'environment/info': () => info,
  'environment/status': () => '{"status":"ready"}',
});

/**
 * Makes a session, or gives a connection one that it had before.
 * `ready`: resolves when everything is known that a start decides by, since what follows a start counts on its having begun.
 */
export const initializer =
  (sessions: SessionTable, info: string, ready: () => Promise<void>) =>
  async (params: InitializeParams, connection: Connection): Promise<{ session: Session; result: string }> => {
    const { resumeSessionId: id, extensions } = params;
    const hearsEnds = extensions?.includes(PROCESS_END) ?? false;
    await ready();
    const session =
      id === null ? sessions.create(connection, hearsEnds) : await sessions.resume(id, connection, hearsEnds);
    return { session, result: `{"sessionId":"${session.id}","environmentInfo":${info}}` };
  };
