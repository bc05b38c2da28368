import { sandboxUnsupported } from '../protocol/errors.js';
import { allowsAllFiles, type SandboxContext } from '../protocol/sandbox.js';

/** What asks for a sandbox is never done without one. */
export function refuseSandbox(sandbox: SandboxContext | null): void {
  if (!allowsAllFiles(sandbox)) throw sandboxUnsupported();
}
