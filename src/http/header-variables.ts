/** Values of headers that stand in the executor's environment, such as tokens: the peer names the variable and never sees the value. */
import { variableEmpty, variableProtected, variableUnset } from './errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Errors: the variable is not for headers, is not set, or is empty, looked for in this order. */
export function variableValue(header: string, variable: string, environment: Environment): string {
  if (isProtected(variable)) throw variableProtected(header, variable);
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (value === undefined) throw variableUnset(header, variable);
  if (value === '') throw variableEmpty(header, variable);
  return value;
}

/** What the executor itself and its machine sign in with; a peer could otherwise have it sent anywhere. Source: 0.169.0. */
const PROTECTED: ReadonlySet<string> = new Set([
  'CODEX_API_KEY',
  'OPENAI_API_KEY',
  'CODEX_ACCESS_TOKEN',
  'CODEX_CONNECTORS_TOKEN',
  'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  'CODEX_GUARDIAN_DECISIONS_API_KEY',
  'OPENAI_WORKLOAD_IDENTITY_CONTEXT',
  'OPENAI_IDENTITY_TOKEN_FILE',
  'OPENAI_FEDERATION_RULE_ID',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_FEDERATED_TOKEN_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
]);
/** Settings of this program, its own token among them. */
const OWN_PREFIX = 'FARHAND_';

/** In any case: Windows does not tell `Path` from `PATH`. */
function isProtected(variable: string): boolean {
  const name = variable.toUpperCase();
  return PROTECTED.has(name) || name.startsWith(OWN_PREFIX);
}
