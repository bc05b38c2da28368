/** Entry of a thread for whole trees: one task after the other. What each needs is loaded when it is first asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../files/fault.js';
import { Withheld } from '../files/withheld.js';
import type { TreeReply, TreeTask, TreeThreadData } from './tree-work.js';

const port = parentPort!;
const withheld = Withheld.of((workerData as TreeThreadData).withheld);
/** The tasks are done in the order in which they came, also while something is loaded. */
let before = Promise.resolve();
port.on('message', (task: TreeTask) => {
  before = before.then(() => answer(task));
});

async function answer(task: TreeTask): Promise<void> {
  const { id } = task.asked;
  try {
    const text = await work(task);
    const body = text === undefined ? undefined : new TextEncoder().encode(text);
    tell({ reply: { id, done: null }, body }, body === undefined ? [] : [body.buffer]);
  } catch (error) {
    tell({ reply: { id, fault: faultOf(error) } });
  }
}

const tell = (reply: TreeReply, handedOver: ArrayBuffer[] = []) => port.postMessage(reply, handedOver);

/** The result as JSON, where there is any. */
async function work({ asked, gone }: TreeTask): Promise<string | undefined> {
  switch (asked.operation) {
    case 'walk':
      return (await import('../files/walk.js')).walk(asked.task);
    case 'discoverRoots':
      return (await import('../capabilities/discover-roots.js')).discoverRoots(asked.task);
    case 'copy':
      return (await import('../files/copy.js')).copy({ ...asked.task, gone }, withheld);
    case 'remove':
      return (await import('../files/remove.js')).remove(asked.task, withheld);
    default:
      return asked satisfies never;
  }
}
