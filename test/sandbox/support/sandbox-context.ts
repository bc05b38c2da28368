/** A policy in short words (see policies.ts) as a client says it. */
import { pathToFileURL } from 'node:url';

/** `glob BASE PATTERN` becomes one pattern from the root. Without a workspace. */
export const sandboxContext = (...words: readonly string[]): object => ({
  permissions: {
    type: 'managed',
    file_system: { type: 'restricted', entries: words.map(entry) },
    network: 'restricted',
  },
  cwd: 'file:///',
  windowsSandboxLevel: 'disabled',
});

function entry(words: string): object {
  const [access, path, pattern] = words.split(' ') as [string, string?, string?];
  if (path === undefined) return { path: { type: 'special', value: { kind: access } }, access: 'read' };
  if (access === 'glob') return { path: { type: 'glob_pattern', pattern: `${path}/${pattern}` }, access: 'deny' };
  if (path === '/') return { path: { type: 'special', value: { kind: 'root' } }, access };
  return { path: { type: 'path', path: pathToFileURL(path).href }, access };
}
