/** The pools of this program that were given a task since this was loaded. Nothing of their owners is changed for it. */
import { Piscina } from 'piscina';

export const seenPools = new Set<Piscina>();

const { run } = Piscina.prototype;
Piscina.prototype.run = function (this: Piscina, ...task) {
  seenPools.add(this);
  return run.apply(this, task);
};
