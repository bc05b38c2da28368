/** The process/* methods. */
import type { Bubblewrap } from '../bubblewrap/bubblewrap.js';
import type { Confinement } from '../pool/calls.js';
import { unknownProcess, writeIdEmpty } from '../protocol/errors.js';
import type { EndCause } from '../protocol/process-end.js';
import type { SandboxContext } from '../protocol/sandbox.js';
import type { Handlers, RequestContext } from '../rpc/handlers.js';
import type { Policy } from '../sandbox/policy.js';
import { readResultText } from './read-result.js';
import { type Host, planStart } from './start-plan.js';

export interface ProcessHost extends Host {
  /** What enforces sandboxes here. Errors: -32603 where nothing can. */
  readonly bubblewrap: () => Bubblewrap;
  /** Told that a command of this session runs in this sandbox. */
  readonly confined: (sandbox: SandboxContext, session: RequestContext['session']) => void;
}

const REQUESTED: EndCause = { type: 'terminated', by: 'request' };

export function processHandlers(host: ProcessHost): Handlers {
  return {
    'process/start': async (params, { session, trace }) => {
      const { launch, policy } = planStart(params, host);
      const confinement = policy && confine(policy, host);
      await session.processes.start(params.processId, { ...launch, confinement }, trace);
      if (policy?.kind === 'confined') host.confined(params.sandbox!, session);
      // What may do everything counts as confined, too, as long as somebody asked for a sandbox. Source: 0.169.0.
      const sandboxType = confinement === null ? 'none' : 'linuxSeccomp';
      return `{"processId":${JSON.stringify(params.processId)},"sandboxType":"${sandboxType}"}`;
    },

    'process/read': ({ processId, afterSeq, maxBytes, waitMs }, { session, gone }) =>
      session.processes.whenRunning(processId, (process) => {
        if (!process) throw unknownProcess(processId);
        return process
          .read(afterSeq ?? 0, maxBytes ?? undefined, waitMs ?? 0, gone)
          .then((view) => readResultText(view, session.hearsEnds));
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

    'process/terminate': ({ processId }, { session }) =>
      `{"running":${session.processes.terminate(processId, REQUESTED)}}`,
  };
}

const confine = (policy: Policy, { bubblewrap }: ProcessHost): Confinement =>
  policy.kind === 'free' ? { is: 'free' } : { is: 'sandboxed', policy, bubblewrap: bubblewrap() };
