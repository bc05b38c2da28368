import { HARNESS_STREAMS, RELAY_VALIDATIONS } from '#src/protocol/limits.js';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, rateRow, toReach } from './support/benchmark.js';
import { duration } from './support/duration.js';
import { connectHarnesses, type Environment, startEnvironments } from './support/environments.js';
import { prepareVolley } from './support/handshake-volley.js';

/** As many as one link of a harness may have. */
const HANDSHAKES = HARNESS_STREAMS;
const QUICK_HANDSHAKES = 8;
/** Rounds before the first that counts. */
const WARM_UP = 3;

/** Times as fast. Node has its own ML-KEM from 24 on; before, it is computed in JavaScript. */
const GOAL = Number(process.versions.node.split('.')[0]) >= 24 ? 1 : 0.6;

/** How many harnesses an executor lets in. */
export const relayHandshakes: ProgramBenchmark = {
  name: 'relay-handshakes',
  question: `${HANDSHAKES} handshakes over one link, ${RELAY_VALIDATIONS} at once: the first message 1 sent -> the last message 2 received`,
  async run(executors, effort) {
    const [rounds, count] = effort === 'quick' ? [1, QUICK_HANDSHAKES] : [9, HANDSHAKES];
    await using environments = await startEnvironments(executors);
    // Executors are there when somebody could connect to them.
    await connectHarnesses(environments).then((harnesses) => harnesses[Symbol.asyncDispose]());
    const letIn = async (environment: Environment) => {
      await using volley = await prepareVolley(environment, count);
      return await duration(() => volley.fire(RELAY_VALIDATIONS));
    };
    await alternate(environments, effort === 'quick' ? 1 : WARM_UP, letIn);
    const times = await alternate(environments, rounds, letIn);
    const row = rateRow('message 2', 'handshakes/s', count, times);
    return [{ is: 'measured', condition: 'through a relay', rounds, rows: [toReach(GOAL, row)] }];
  },
};
