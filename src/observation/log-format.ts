export const LOG_FORMATS = ['pretty', 'json'] as const;
/** For people, or one JSON object a line. */
export type LogFormat = (typeof LOG_FORMATS)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
