/** Programs that play a bubblewrap, and the surroundings in which it is the one that is found. */
import { chmodSync } from 'node:fs';
import type { Surroundings } from '#src/bubblewrap/supported-system.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

export const HELP = `    --args FD                    Parse NUL-separated args from FD
    --clearenv                   Unset all environment variables
    --seccomp FD                 Load and use seccomp rules from FD (not repeatable)
    --json-status-fd FD          Write container status to FD as multiple JSON documents
    --cap-drop CAP               Drop cap CAP when running as privileged user
    --perms OCTAL                Set permissions of next argument (--bind-data, --file, etc.)
    --size BYTES                 Set size of next argument (only for --tmpfs)`;

export class FakeBubblewrap implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly path = this.#folder.file('bwrap');
  /** Where the parts leave their words for the test. */
  readonly notes = this.#folder.file('notes');

  /** Shell scripts: what it does when asked for help and for its version, and when it is to run something. */
  constructor({ help = `echo '${HELP}'`, version = 'echo bubblewrap 0.1.2', run = 'exit 0' } = {}) {
    this.become({ help, version, run });
  }

  become({ help = `echo '${HELP}'`, version = 'echo bubblewrap 0.1.2', run = 'exit 0' }): void {
    this.#folder.write(
      'bwrap',
      `#!/bin/sh\nNOTES='${this.notes}'\ncase "$1" in --help) ${help};; --version) ${version};; *) ${run};; esac\n`,
    );
    chmodSync(this.path, 0o755);
  }

  get surroundings(): Surroundings {
    return around({ FARHAND_BWRAP: this.path });
  }

  note(): string {
    return this.#folder.read('notes');
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

export const around = (environment: Surroundings['environment']): Surroundings => ({
  environment,
  platform: process.platform,
  architecture: process.arch,
});
