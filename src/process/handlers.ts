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

    'process/read': async ({ processId, afterSeq, maxBytes, waitMs }, { session, gone }) => {
      const process = await session.processes.find(processId);
      if (!process) throw unknownProcess(processId);
      return readResultText(await process.read(afterSeq ?? 0, maxBytes ?? undefined, waitMs ?? 0, gone));
    },

    'process/write': async ({ processId, chunk, writeId }, { session, gone }) => {
      if (writeId === '') throw writeIdEmpty();
      const process = await session.processes.find(processId);
      return `{"status":"${process ? await process.write(writeId, chunk, gone) : 'unknownProcess'}"}`;
    },

    'process/signal': async ({ processId }, { session }) => {
      await (await session.processes.find(processId))?.interrupt();
      return '{}';
    },

    'process/terminate': ({ processId }, { session }) => `{"running":${session.processes.terminate(processId)}}`,
  };
}
