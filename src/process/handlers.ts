/** The process/* methods. */
import { unknownProcess, writeIdEmpty } from '../protocol/errors.js';
import type { Handlers } from '../rpc/handlers.js';
import { readResultText } from './read-result.js';
import { type Host, planStart } from './start-plan.js';

export function processHandlers(host: Host): Handlers {
  return {
    'process/start': async (params, { session }) => {
      await session.processes.start(params.processId, planStart(params, host));
      return `{"processId":${JSON.stringify(params.processId)},"sandboxType":"none"}`;
    },

    'process/read': ({ processId, afterSeq, maxBytes, waitMs }, { session, gone }) =>
      session.processes.whenRunning(processId, (process) => {
        if (!process) throw unknownProcess(processId);
        return process.read(afterSeq ?? 0, maxBytes ?? undefined, waitMs ?? 0, gone).then(readResultText);
      }),

    'process/write': ({ processId, chunk, writeId }, { session, gone }) => {
      if (writeId === '') throw writeIdEmpty();
      return session.processes.whenRunning(
        processId,
        async (process) => `{"status":"${process ? await process.write(writeId, chunk, gone) : 'unknownProcess'}"}`,
      );
    },

    'process/signal': ({ processId }, { session }) =>
      session.processes.whenRunning(processId, async (process) => {
        await process?.interrupt();
        return '{}';
      }),

    'process/terminate': ({ processId }, { session }) => `{"running":${session.processes.terminate(processId)}}`,
  };
}
