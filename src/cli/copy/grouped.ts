import { type Deferred, deferred } from '../../client/deferred.js';

interface Wish<T, R> {
  readonly item: T;
  readonly answer: Deferred<R>;
}

/**
 * One answer per item from a function that answers many at once: what is asked for while a group is on its way makes
 * the next group. So a single wish waits for nothing, and many cost few calls. When a group fails, so do all in it.
 */
export function grouped<T, R>(answerAll: (items: readonly T[]) => Promise<readonly R[]>): (item: T) => Promise<R> {
  let waiting: Wish<T, R>[] = [];
  let running = false;

  const run = async () => {
    running = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const answers = await answerAll(group.map(({ item }) => item));
        for (const [index, { answer }] of group.entries()) answer.resolve(answers[index]!);
      } catch (error) {
        for (const { answer } of group) answer.reject(error as Error);
      }
    }
    running = false;
  };

  return (item) => {
    const answer = deferred<R>();
    waiting.push({ item, answer });
    if (!running) void run();
    return answer.promise;
  };
}
