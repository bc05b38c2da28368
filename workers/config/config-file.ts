/** Reads one file of settings. */
import type { FilePath } from '#src/pool/file-calls.js';
import { internalError } from '#src/protocol/errors.js';
import { CONFIG_FILE_BYTES } from '#src/protocol/limits.js';
import { thrownText } from '#src/protocol/os-error.js';
import { readBoundedTextFile } from '../files/bounded-file.js';
import { parseToml, TomlFault, type TomlTable } from './toml-document.js';

/**
 * Undefined when there is no such file. `kind` stands in errors, `config file`.
 * Errors: -32603 with the file, and for bad TOML the place.
 */
export function readConfigFile(path: FilePath, kind: string): TomlTable | undefined {
  const name = pathText(path);
  const text = readText(path, `Failed to read ${kind} ${name}`);
  if (text === undefined) return undefined;
  try {
    return parseToml(text);
  } catch (error) {
    if (error instanceof TomlFault) throw internalError(`${name}:${error.message}`, error);
    throw error;
  }
}

/** As it is shown: what is not UTF-8 is replaced. */
export const pathText = (path: FilePath): string => Buffer.from(path as string).toString();

function readText(path: FilePath, failure: string): string | undefined {
  try {
    return readBoundedTextFile(path, CONFIG_FILE_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw internalError(`${failure}: ${thrownText(error)}`, error);
  }
}
