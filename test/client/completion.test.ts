import test from 'ava';
import { type CompletionInput, INITIAL_COMPLETION, stepCompletion } from '#src/client/completion.js';
import type { ProcessEvent } from '#src/client/process-event.js';
import type { ReadFacts } from '#src/client/read-placement.js';

const event = (value: ProcessEvent): CompletionInput => ({ type: 'event', event: value });
const output = (seq: number) => event({ type: 'output', seq, stream: 'stdout', bytes: Buffer.from('x') });
const lost = (seq: number, lastSeq: number) => event({ type: 'lost', seq, lastSeq });
const exited = (seq: number, sandboxDenied: boolean | undefined, exitCode = 0) =>
  event({ type: 'exited', seq, exitCode, sandboxDenied });
const closed = (seq: number) => event({ type: 'closed', seq });
const facts = (given: Partial<ReadFacts> = {}): ReadFacts => ({
  chunks: [],
  nextSeq: 9,
  exited: true,
  exitCode: 0,
  closed: true,
  failure: undefined,
  sandboxDenied: false,
  ...given,
});
const answer = (given: Partial<ReadFacts> = {}): CompletionInput => ({ type: 'answer', read: facts(given) });
const overheard = (given: Partial<ReadFacts> = {}): CompletionInput => ({ type: 'overheard', read: facts(given) });

function follow(...inputs: readonly CompletionInput[]) {
  let state = INITIAL_COMPLETION;
  let reads = 0;
  for (const input of inputs) {
    const { next, ask } = stepCompletion(state, input);
    state = next;
    if (ask) reads += 1;
  }
  return { state, reads };
}

const ended = (exit: object) => ({
  phase: 'ended' as const,
  exit: { exitCode: 0, sandboxDenied: false, complete: true, lostChunks: 0, lostBytes: 0, ...exit },
});

test('a complete ordered stream ends the process without a read', (t) => {
  const { state, reads } = follow(output(1), exited(2, false, 7), output(3), closed(4));
  t.like(state, ended({ exitCode: 7 }));
  t.is(reads, 0);
});

test('a denial pushed with the exit needs no read', (t) => {
  const { state, reads } = follow(exited(1, true), closed(2));
  t.like(state, ended({ sandboxDenied: true }));
  t.is(reads, 0);
});

test('an exit is not the end: closed is', (t) => {
  t.is(follow(output(1), exited(2, false)).state.phase, 'exited');
});

test('an exit that does not say whether it was denied costs one read, which says it', (t) => {
  const { state, reads } = follow(exited(1, undefined), closed(2), answer({ sandboxDenied: true }));
  t.like(state, ended({ sandboxDenied: true }));
  t.is(reads, 1);
});

test('the end waits for the answer, and an answer that comes first waits for the end', (t) => {
  t.is(follow(exited(1, undefined), closed(2)).state.phase, 'closedAsking');
  const { state, reads } = follow(exited(1, undefined), answer(), closed(2));
  t.like(state, ended({}));
  t.is(reads, 1);
});

test('a read that left before the exit does not answer the question', (t) => {
  const { state } = follow(exited(1, undefined), overheard({ exited: false }), closed(2));
  t.is(state.phase, 'closedAsking');
});

test('a read made for another reason answers when it knows of the exit', (t) => {
  t.like(
    follow(exited(1, undefined), overheard({ sandboxDenied: true }), closed(2)).state,
    ended({ sandboxDenied: true }),
  );
});

test('a denial once seen stays, whoever saw it', (t) => {
  t.like(
    follow(overheard({ exited: false, sandboxDenied: true }), exited(1, false), closed(2)).state,
    ended({ sandboxDenied: true }),
  );
});

test('exit code -1 costs one read, whose failure fails the process', (t) => {
  const { state, reads } = follow(exited(1, false, -1), answer({ failure: 'the supervisor died' }));
  t.like(state, { phase: 'failed', message: 'the supervisor died' });
  t.is(reads, 1);
});

test('exit code -1 without a failure is the exit code', (t) => {
  t.like(follow(exited(1, false, -1), answer(), closed(2)).state, ended({ exitCode: -1 }));
});

test('closed without an exit costs one read, which tells the code', (t) => {
  const { state, reads } = follow(closed(1), answer({ exitCode: 4 }));
  t.like(state, ended({ exitCode: 4 }));
  t.is(reads, 1);
});

test('an executor that contradicts its own exit fails the process', (t) => {
  t.is(follow(exited(1, undefined), answer({ exited: false })).state.phase, 'failed');
});

test('lost output is counted by its numbers and makes the end incomplete', (t) => {
  t.like(
    follow(lost(1, 3), output(4), lost(5, 5), exited(6, false), closed(7)).state,
    ended({ complete: false, lostChunks: 4 }),
  );
});

test('lost bytes are added up; once nobody knows how many, they are not known', (t) => {
  const bytes = (many: number | undefined): CompletionInput => ({ type: 'lostBytes', bytes: many });
  const some = follow(bytes(7), lost(1, 3), bytes(5), lost(4, 4), exited(5, false), closed(6));
  t.like(some.state, ended({ complete: false, lostChunks: 4, lostBytes: 12 }));
  const unknown = follow(bytes(7), lost(1, 3), bytes(undefined), lost(4, 4), bytes(1), exited(5, false), closed(6));
  t.like(unknown.state, { exit: { lostChunks: 4, lostBytes: undefined } });
});

const CAUSE = { type: 'signaled', signal: 'SIGTERM' } as const;
const USAGE = { wallMs: 5 };

test('cause and usage are those of the event, or of a read where the event is missing', (t) => {
  const pushed = event({ type: 'exited', seq: 1, exitCode: 143, sandboxDenied: false, cause: CAUSE, usage: USAGE });
  t.like(follow(pushed, closed(2)).state, { exit: { cause: CAUSE, usage: USAGE } });
  t.like(follow(closed(2), answer({ exitCode: 143, cause: CAUSE, usage: USAGE })).state, {
    exit: { exitCode: 143, cause: CAUSE, usage: USAGE },
  });
  t.like(follow(exited(1, undefined, 143), closed(2), answer({ cause: CAUSE })).state, { exit: { cause: CAUSE } });
});

test('what an executor does not tell of an end is no member of it', (t) => {
  const { state } = follow(exited(1, false), closed(2));
  t.true(state.phase === 'ended' && !('cause' in state.exit) && !('usage' in state.exit));
});

test('nothing changes after the end', (t) => {
  const before = follow(exited(1, false), closed(2)).state;
  t.is(stepCompletion(before, overheard({ failure: 'late' })).next, before);
});
