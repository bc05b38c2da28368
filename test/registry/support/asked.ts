import type { AskWhole, Question, WholeAnswer } from '#src/http/ask-whole.js';

export interface Said {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly retryAfter?: string;
  readonly isCut?: boolean;
}

/** Answers in turn, the last one again and again; remembers what it was asked. An error is thrown. */
export function asked(...answers: (Said | Error)[]): { ask: AskWhole; questions: Question[] } {
  const questions: Question[] = [];
  const ask: AskWhole = async (question) => {
    questions.push(question);
    const said = answers[Math.min(questions.length, answers.length) - 1]!;
    if (said instanceof Error) throw said;
    return answer(said);
  };
  return { ask, questions };
}

export const answer = ({ status = 200, json, text, retryAfter, isCut = false }: Said): WholeAnswer => ({
  status,
  retryAfter,
  body: Buffer.from(text ?? JSON.stringify(json) ?? ''),
  isCut,
});

/** Never answers; ends with its signal. */
export const silent: AskWhole = (_question, signal) =>
  new Promise((_resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
