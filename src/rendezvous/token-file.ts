/** The file with the hashes of the tokens: written by `farhand relay add`, read again when it has changed. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { thrownText } from '../protocol/os-error.js';
import type { EnvironmentId } from './environment-id.js';
import { digestOf, formatGrant, type Grants, mintToken, parseGrants, ROLES, type Role } from './tokens.js';

/** For people. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

export class TokenFile {
  readonly #path: string;
  readonly #warn: (line: string) => void;
  #seen: string;
  #grants: Grants;

  private constructor(path: string, warn: (line: string) => void, seen: string, grants: Grants) {
    this.#path = path;
    this.#warn = warn;
    this.#seen = seen;
    this.#grants = grants;
  }

  /** Errors: `TokenFileError`. */
  static async open(path: string, warn: (line: string) => void): Promise<TokenFile> {
    const seen = await versionOf(path);
    return new TokenFile(path, warn, seen, grantsOf(path, await textOf(path)));
  }

  /** As the file says now. While it cannot be read, or makes no sense, what it said before is good; that is warned of once. */
  async current(): Promise<Grants> {
    const version = await versionOf(this.#path).catch(() => 'missing');
    if (version === this.#seen) return this.#grants;
    this.#seen = version;
    try {
      this.#grants = grantsOf(this.#path, await textOf(this.#path));
    } catch (error) {
      this.#warn(`${(error as Error).message}; the tokens from before stay good`);
    }
    return this.#grants;
  }
}

/** Adds tokens for both roles, which are nowhere else from then on. The file comes into being, for its owner alone. Errors: `TokenFileError`. */
export async function addTokens(path: string, environment: EnvironmentId): Promise<Readonly<Record<Role, string>>> {
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw unreadable(path, error);
  });
  grantsOf(path, before);
  const tokens = { executor: mintToken(randomBytes), harness: mintToken(randomBytes) };
  const added = ROLES.map((role) => formatGrant({ environment, role, digest: digestOf(tokens[role]) })).join('');
  await replace(path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${added}`);
  return tokens;
}

/** All of it or nothing, also for a relay that reads it at this moment. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new TokenFileError(`${path} cannot be written: ${thrownText(error)}`);
  }
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error) => {
    throw unreadable(path, error);
  });

async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function grantsOf(path: string, text: string): Grants {
  const parsed = parseGrants(text);
  if ('grants' in parsed) return parsed.grants;
  throw new TokenFileError(`${path}, line ${parsed.faultyLine}: expected ENVIRONMENT executor|harness SHA256`);
}

const unreadable = (path: string, error: unknown) => new TokenFileError(`${path} cannot be read: ${thrownText(error)}`);
