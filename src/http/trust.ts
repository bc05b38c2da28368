/** The authorities whose certificates we accept. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { osErrorText } from '../protocol/os-error.js';
import { certificatesInvalid, certificatesUnreadable } from './errors.js';
import type { Environment } from './header-variables.js';

/** The first that is set names a file. Source: 0.169.0. */
const VARIABLES = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'];
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** One for an executor: taking in many authorities holds up the event loop for some 80 ms. */
export class Trust {
  readonly #environment: Environment;
  #context: Promise<SecureContext | undefined> | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Node's authorities and those of the file that the environment names; undefined when there are none but Node's.
   * Errors: the file cannot be read, or holds no certificate. It is looked at again next time.
   */
  context(): Promise<SecureContext | undefined> {
    this.#context ??= readAuthorities(this.#environment).catch((error: unknown) => {
      this.#context = undefined;
      throw error;
    });
    return this.#context;
  }
}

async function readAuthorities(environment: Environment): Promise<SecureContext | undefined> {
  const variable = VARIABLES.find((name) => environment[name]);
  if (variable === undefined) return undefined;
  const path = environment[variable]!;
  const text = await readFile(path, 'latin1').catch((cause: NodeJS.ErrnoException) => {
    throw certificatesUnreadable(path, variable, osErrorText(Math.abs(cause.errno ?? 0)), cause);
  });
  const certificates = text.match(CERTIFICATE) ?? [];
  // Most are known: a system's own file holds what Node has built in, and each one costs.
  const known = new Set(rootCertificates.map(unwrapped));
  const unknown = certificates.filter((certificate) => !known.has(unwrapped(certificate)));
  if (certificates.length === 0 || !unknown.every(isReadable)) throw certificatesInvalid(path, variable);
  if (unknown.length === 0) return undefined;
  return createSecureContext({ ca: [...rootCertificates, ...unknown, await nodesExtra(environment)] });
}

/** Lines are not of the same length everywhere. */
const unwrapped = (certificate: string) => certificate.replaceAll(/\s/g, '');

/** Node passes over what it cannot read in silence. */
function isReadable(certificate: string): boolean {
  try {
    new X509Certificate(certificate);
    return true;
  } catch {
    return false;
  }
}

/** Node leaves them out where authorities are named, and does not mind when the file is missing. */
const nodesExtra = ({ NODE_EXTRA_CA_CERTS: path }: Environment): string | Promise<string> =>
  path ? readFile(path, 'latin1').catch(() => '') : '';
