/** A token in a file that others may replace while we run, for one registry that its owner has named. Our own; 0.169.0 has no such thing. */
import { open } from 'node:fs/promises';
import { TOKEN_LINE_BYTES } from '../protocol/limits.js';
import { tokenFileHost, tokenFileHostInvalid, tokenFileUnreadable, tokenFileUnusable } from './errors.js';
import { checkTokenUrl } from './hosts.js';
import { bearer, type CredentialSource, type Header } from './source.js';
import { isToken } from './tokens.js';

export interface TokenFileOptions {
  readonly path: string;
  /** HOST or HOST:PORT. Without a port, the usual one of the registry's scheme. */
  readonly host: string;
  readonly registryUrl: string;
}

export class TokenFile implements CredentialSource {
  readonly showsRegistryTexts = true;
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Errors: CredentialError, for a file that cannot be used, too. */
  static async open({ path, host, registryUrl }: TokenFileOptions): Promise<TokenFile> {
    checkTokenUrl(registryUrl);
    if (!isNamed(new URL(registryUrl.trim()), host)) throw tokenFileHost();
    const source = new TokenFile(path);
    await source.headers();
    return source;
  }

  async headers(): Promise<readonly Header[]> {
    return [bearer(await readToken(this.#path))];
  }

  async after401([refused]: readonly Header[]): Promise<boolean> {
    const [now] = await this.headers();
    return now?.[1] !== refused?.[1];
  }
}

function isNamed(registry: URL, host: string): boolean {
  const text = `${registry.protocol}//${host.trim()}`;
  if (/[/?#@\\\s]/.test(host.trim()) || !URL.canParse(text)) throw tokenFileHostInvalid();
  return new URL(text).host === registry.host;
}

async function readToken(path: string): Promise<string> {
  const bytes = await firstBytes(path).catch((error: NodeJS.ErrnoException) => {
    throw tokenFileUnreadable(error.code);
  });
  const token = bytes.toString('latin1').trim();
  if (bytes.length > TOKEN_LINE_BYTES || !isToken(token)) throw tokenFileUnusable();
  return token;
}

/** One more than there may be tells that there are more. */
async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TOKEN_LINE_BYTES + 1));
  return buffer.subarray(0, bytesRead);
}
