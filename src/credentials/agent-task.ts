/** An agent proves who it is and is given a task, in whose name it speaks. */
import { sign } from 'node:crypto';
import * as v from 'valibot';
import type { AskWhole, WholeAnswer } from '../http/ask-whole.js';
import { withEither } from '../http/either-signal.js';
import { readForeign } from '../protocol/foreign-json.js';
import { AGENT_TASK_ATTEMPTS, AGENT_TASK_MS } from '../protocol/limits.js';
import type { Agent } from './agent-claims.js';
import { openSealed } from './sealed-box.js';
import type { Header } from './source.js';

const TaskSchema = v.object({
  task_id: v.optional(v.string()),
  taskId: v.optional(v.string()),
  encrypted_task_id: v.optional(v.string()),
  encryptedTaskId: v.optional(v.string()),
});

export interface TaskOptions {
  readonly ask: AskWhole;
  /** Without a slash at its end. */
  readonly authApi: string;
  readonly deadline: (ms: number) => AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The id of the task; undefined when there is none to be had. Errors: `signal`. */
export async function registerTask(
  agent: Agent,
  { ask, authApi, deadline, now }: TaskOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = new URL(`${authApi}/v1/agent/${encodeURIComponent(agent.runtimeId)}/task/register`);
  for (let attempt = 0; attempt < AGENT_TASK_ATTEMPTS; attempt++) {
    signal.throwIfAborted();
    const timestamp = timestampOf(now());
    const body = JSON.stringify({ timestamp, signature: signed(agent, `${agent.runtimeId}:${timestamp}`) });
    const question = { method: 'POST', url, headers: [['content-type', 'application/json']], body } as const;
    const askForTask = (limited: AbortSignal) => ask(question, limited);
    const answer = await withEither(signal, deadline(AGENT_TASK_MS), askForTask).catch(() => undefined);
    if (answer !== undefined && !isPassing(answer)) return readTask(answer, agent);
  }
  return undefined;
}

const isPassing = ({ status }: WholeAnswer) => status === 429 || status >= 500;

async function readTask({ status, body, isCut }: WholeAnswer, agent: Agent): Promise<string | undefined> {
  const read = readForeign(TaskSchema, body.toString());
  if (status < 200 || status >= 300 || isCut || !('value' in read)) return undefined;
  const { task_id, taskId, encrypted_task_id, encryptedTaskId } = read.value;
  const sealed = encrypted_task_id ?? encryptedTaskId;
  const plain = task_id ?? taskId;
  if (plain !== undefined || sealed === undefined) return plain || undefined;
  return (await openSealed(Buffer.from(sealed, 'base64'), agent.privateKey))?.toString() || undefined;
}

/** Good for one request. */
export function assertion(agent: Agent, taskId: string, nowMs: number): Header {
  const timestamp = timestampOf(nowMs);
  const json = JSON.stringify({
    agent_runtime_id: agent.runtimeId,
    signature: signed(agent, `${agent.runtimeId}:${taskId}:${timestamp}`),
    task_id: taskId,
    timestamp,
  });
  return ['authorization', `AgentAssertion ${Buffer.from(json).toString('base64url')}`];
}

/** RFC 3339 in whole seconds. */
const timestampOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`;

const signed = ({ privateKey }: Agent, text: string) => sign(null, Buffer.from(text), privateKey).toString('base64');
