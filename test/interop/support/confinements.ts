import type { Confinement } from './codex-exec.js';

/** Nothing may be written. */
export const READ_ONLY: Confinement = { settings: 'sandbox_mode = "read-only"' };

/** The workspace and the temporary folders may be written, without a network. `more`: lines of the client's settings for it. */
export const workspaceWrite = (more = ''): Confinement => ({
  settings: 'sandbox_mode = "workspace-write"',
  tables: `[sandbox_workspace_write]\n${more}`,
});

/** Only the system and the workspace are there, and of that not `secret.txt` and no `*.key`. Only 0.169.0 is known to have it. */
export const SCOPED: Confinement = {
  settings: 'default_permissions = "scoped"',
  tables: `
[permissions.scoped.filesystem]
":minimal" = "read"
":workspace_roots" = { "." = "write", "secret.txt" = "deny", "**/*.key" = "deny" }

[permissions.scoped.network]
enabled = false
`,
};
