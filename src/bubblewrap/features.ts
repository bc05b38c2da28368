/** What a bubblewrap can do, from what it says of itself. */
import type { Bubblewrap } from './bubblewrap.js';

export interface Features extends Pick<Bubblewrap, 'bindsDescriptors' | 'takesArg0'> {
  /** Options that every launch uses and this one does not know. */
  readonly missing: readonly string[];
}

/** The younger ones among the options of a launch; 0.7.0 has them all. */
const REQUIRED = ['--args', '--cap-drop', '--clearenv', '--json-status-fd', '--perms', '--seccomp', '--size'];

/** `help`: the text of `bwrap --help`, one option a line. */
export function readFeatures(help: string): Features {
  const known = new Set([...help.matchAll(/^\s*(--[a-z0-9-]+)/gm)].map(([, option]) => option));
  return {
    missing: REQUIRED.filter((option) => !known.has(option)),
    bindsDescriptors: known.has('--bind-fd') && known.has('--ro-bind-fd'),
    takesArg0: known.has('--argv0'),
  };
}
