import { readyText } from '../protocol/ready-result.js';
import type { ReadyReply } from './handlers.js';
import type { Turns } from './turns.js';

/** A long answer keeps its turn until it has left: so many of them stand in memory, and no more. */
export async function untilSent(turns: Turns, work: () => Promise<string | ReadyReply>): Promise<ReadyReply> {
  const giveBack = await turns.take();
  try {
    const answer = await work();
    const reply: ReadyReply = typeof answer === 'string' ? readyText(answer) : answer;
    const sent = () => {
      giveBack();
      reply.sent?.();
    };
    return { ...reply, sent };
  } catch (error) {
    giveBack();
    throw error;
  }
}
