/**
 * Globs that deny files. A glob has a fixed directory, and a pattern for what is below it, matched name by name from there:
 *
 *   /w/src/ ** / *.env     directory /w/src, then any number of names, then one name that fits `*.env`
 *
 * `*` and `?` stay inside one name, `[a-z]`, `[!a]` and `[^a]` are one character of it, a backslash takes the meaning from the next
 * character. Dots at the front are nothing special. A character is a whole one, not a byte. Plain data, so that it can be sent.
 * Source: 0.169.0, probed; braces, which it expands, are refused.
 */

import { entryOf, parentOf } from './paths.js';
import { globNotExpandable } from './policy-errors.js';

export interface Glob {
  /** As it is told in errors: absolute, otherwise as given. */
  readonly text: string;
  /** Where to look; normal, never the root. */
  readonly directory: string;
  /** At least one; the last one is a name. */
  readonly steps: readonly GlobStep[];
}

export type GlobStep =
  /** `**`: any number of directories, also none. */
  { readonly is: 'directories' } | { readonly is: 'name'; readonly tokens: readonly GlobToken[] };

export type GlobToken =
  | { readonly is: 'many' }
  | { readonly is: 'one' }
  | { readonly is: 'character'; readonly character: string }
  /** Code points from first to last, both among them. */
  | { readonly is: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

/**
 * Reads a pattern relative to `base`, an absolute normal path whose characters all stand for themselves.
 * Errors: `cannot be safely expanded`, -32602, where the pattern has nothing special in it, has braces, is malformed, steps up
 * behind a `**`, or begins at the root.
 */
export function parseGlob(base: string, pattern: string): Glob {
  const text = `${base === '/' ? '' : base}/${pattern.replace(/^\/+/, '')}`;
  const fault = () => globNotExpandable(text);
  if (/[{}]/.test(pattern) || !/[*?[]/.test(pattern)) throw fault();

  let directory = base;
  const steps: GlobStep[] = [];
  for (const raw of splitNames(pattern)) {
    if (raw === '' || raw === '.') continue;
    if (raw === '..') {
      if (steps.length === 0) directory = parentOf(directory);
      else if (steps.pop()!.is === 'directories') throw fault();
      continue;
    }
    const step: GlobStep | undefined = raw === '**' ? { is: 'directories' } : parseName(raw);
    if (step === undefined) throw fault();
    const plain = steps.length === 0 && !/[*?[]/.test(raw);
    if (plain) directory = entryOf(directory, plainName(step));
    else steps.push(step);
  }
  if (steps.length === 0 || directory === '/') throw fault();
  // Whatever is below, but not the directory itself.
  if (steps.at(-1)!.is === 'directories') steps.push({ is: 'name', tokens: [{ is: 'many' }] });
  return { text, directory, steps };
}

/** A slash in brackets does not end a name; it cannot be in one either, so it adds nothing to the set. */
function splitNames(pattern: string): string[] {
  const names: string[] = [];
  let name = '';
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!;
    const length = char === '[' ? (setEnd(pattern, at) ?? at) + 1 - at : char === '\\' ? 2 : 1;
    if (char === '/') {
      names.push(name);
      name = '';
    } else {
      name += pattern.slice(at, at + length);
    }
    at += length;
  }
  names.push(name);
  return names;
}

/** Where the set that begins at the bracket ends; a bracket right at its front is part of it. Undefined for an unclosed one. */
function setEnd(pattern: string, start: number): number | undefined {
  const first = /[!^]/.test(pattern[start + 1] ?? '') ? start + 2 : start + 1;
  const end = pattern.indexOf(']', first + 1);
  return end === -1 ? undefined : end;
}

/** Undefined for a malformed name: a set whose range goes backwards, a backslash with nothing behind it. */
function parseName(raw: string): { is: 'name'; tokens: GlobToken[] } | undefined {
  const tokens: GlobToken[] = [];
  for (let at = 0; at < raw.length; ) {
    const character = String.fromCodePoint(raw.codePointAt(at)!);
    const end = character === '[' ? setEnd(raw, at) : undefined;
    if (end !== undefined) {
      const set = parseSet(raw.slice(at + 1, end));
      if (set === undefined) return undefined;
      tokens.push(set);
      at = end + 1;
    } else if (character === '\\') {
      if (at + 1 === raw.length) return undefined;
      const escaped = String.fromCodePoint(raw.codePointAt(at + 1)!);
      tokens.push({ is: 'character', character: escaped });
      at += 1 + escaped.length;
    } else {
      if (character === '*') tokens.push({ is: 'many' });
      else if (character === '?') tokens.push({ is: 'one' });
      else tokens.push({ is: 'character', character });
      at += character.length;
    }
  }
  return { is: 'name', tokens };
}

function parseSet(inner: string): GlobToken | undefined {
  const negated = /^[!^]/.test(inner);
  const members = Array.from(negated ? inner.slice(1) : inner);
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; ) {
    const first = members[at]!.codePointAt(0)!;
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    const last = isRange ? members[at + 2]!.codePointAt(0)! : first;
    if (last < first) return undefined;
    ranges.push([first, last]);
    at += isRange ? 3 : 1;
  }
  return { is: 'set', negated, ranges };
}

/** The one name that a name without anything special stands for. */
const plainName = (step: GlobStep): string =>
  step.is === 'name' ? step.tokens.map((token) => (token.is === 'character' ? token.character : '')).join('') : '';

// ---- matching --------------------------------------------------------------------------------------

/** How far a way down from the directory has come: the steps it may take next. None: nothing below can match. */
export type GlobState = readonly number[];

export const startOf = (glob: Glob): GlobState => reachable(glob, [0]);

/** The state after one more name on the way down, and whether the way so far fits the whole pattern. */
export function descend(
  glob: Glob,
  state: GlobState,
  name: string,
): { readonly state: GlobState; readonly fits: boolean } {
  const next: number[] = [];
  for (const at of state) {
    const step = glob.steps[at];
    if (step === undefined) continue;
    if (step.is === 'directories') next.push(at);
    else if (fitsName(step.tokens, name)) next.push(at + 1);
  }
  const after = reachable(glob, next);
  return { state: after.filter((at) => at < glob.steps.length), fits: after.includes(glob.steps.length) };
}

/** A `**` may stand for nothing: the step behind it can be next, too. */
function reachable(glob: Glob, positions: readonly number[]): number[] {
  const all = new Set<number>();
  for (let at of positions) {
    all.add(at);
    while (glob.steps[at]?.is === 'directories') all.add(++at);
  }
  return [...all];
}

/** Time: at most length of the pattern times length of the name. */
export function fitsName(tokens: readonly GlobToken[], name: string): boolean {
  const given = Array.from(name);
  let at = 0;
  let from = 0;
  // The last `*` met, and where in the name the text behind it was tried. An earlier one need not be tried again.
  let star = -1;
  let tried = 0;
  while (from < given.length) {
    const token = tokens[at];
    if (token?.is === 'many') {
      star = at;
      tried = from;
      at += 1;
    } else if (token !== undefined && fitsCharacter(token, given[from]!)) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      tried += 1;
      at = star + 1;
      from = tried;
    } else {
      return false;
    }
  }
  while (tokens[at]?.is === 'many') at += 1;
  return at === tokens.length;
}

function fitsCharacter(token: GlobToken, character: string): boolean {
  switch (token.is) {
    case 'many':
    case 'one':
      return true;
    case 'character':
      return token.character === character;
    case 'set': {
      const code = character.codePointAt(0)!;
      return token.negated !== token.ranges.some(([first, last]) => first <= code && code <= last);
    }
    default:
      return token satisfies never;
  }
}
