import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from './select.js';

/** Where `codex login` leaves what it was given. An absolute path. */
export const codexHome = ({ CODEX_HOME }: Environment): string => resolve(CODEX_HOME || join(homedir(), '.codex'));
