import { readyText } from '../protocol/ready-result.js';
import type { ReadyReply } from './handlers.js';
import type { Turns } from './turns.js';

/** A long answer keeps its turn until it has left: so many of them stand in memory, and no more. */
export async function untilSent(turns: Turns, work: () => Promise<string>): Promise<ReadyReply> {
  const sent = await turns.take();
  try {
    return { ...readyText(await work()), sent };
  } catch (error) {
    sent();
    throw error;
  }
}
