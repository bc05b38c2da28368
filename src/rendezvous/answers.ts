/** Answers of the registry. The codes are those that executors and harnesses of 0.169.0 look for; the texts are for people. */

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly allow?: string;
}

export const ok = (body: Answer['body']): Answer => ({ status: 200, body });

const failure = (status: number, message: string, code?: string): Answer => ({
  status,
  body: { error: { ...(code === undefined ? {} : { code }), message } },
});

export const notFound = () => failure(404, 'there is nothing here');
export const notForBrowsers = () => failure(403, 'not for browsers');
export const notPost = (): Answer => ({ ...failure(405, 'to be asked with POST'), allow: 'POST' });
/** The same for every environment, be it there or not. */
export const unauthorized = () => failure(401, 'the token is not one of this environment');
export const wrongRole = (role: string) => failure(403, `the token is not that of ${role}`);
export const bodyTooLarge = () => failure(413, 'the request is too large');
export const badMessage = () => failure(400, 'the request is not what this registry understands');
/** An executor tries again until the other one has gone. */
export const registrationConflict = () =>
  failure(503, 'another executor serves this environment', 'registration_conflict');
/** A harness tries again for a while. */
export const environmentOffline = () => failure(409, 'no executor serves this environment now', 'environment_offline');
export const tooManyHarnesses = () => failure(429, 'the environment has as many harnesses as it may have');
export const tooManyAuthorizations = () => failure(429, 'too many harnesses of the environment are about to connect');
export const unforeseen = () => failure(500, 'the relay made a mistake');
