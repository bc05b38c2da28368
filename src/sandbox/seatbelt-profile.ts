/**
 * A policy as a profile for macOS's /usr/bin/sandbox-exec. Pure, and not run by us on a Mac. Source: the reference's profile;
 * what is denied by a later rule stays denied, whatever an earlier one allows.
 *
 * All paths are absolute and canonical (/private/tmp, not /tmp): the kernel compares them with the paths it has itself resolved.
 */
import { BASE, NETWORK, PLATFORM_READS } from './seatbelt-base.js';
import { globDirectories, globRegex, nameRegex } from './seatbelt-patterns.js';

export interface SeatbeltPolicy {
  /** Writable roots can always be read. `minimal`: what programs of the system need to run. */
  readonly readable:
    | { readonly reach: 'everything' }
    | { readonly reach: 'roots'; readonly roots: readonly string[]; readonly minimal: boolean };
  readonly writable: readonly WritableRoot[];
  readonly denied: readonly DeniedPath[];
  /** Absolute patterns of what cannot be read; their fixed beginnings are canonical. */
  readonly globs: readonly string[];
  readonly network: 'restricted' | 'enabled';
}

/** A directory, or a file, that can be written. */
export interface WritableRoot {
  readonly path: string;
  /** Paths below it that cannot. */
  readonly excluded: readonly string[];
  /** Names directly in it that cannot, whether they are there or not. */
  readonly protectedNames: readonly string[];
}

/** What can be neither read nor written, but for the paths below it that can. */
export interface DeniedPath {
  readonly path: string;
  readonly except: readonly string[];
}

export interface SeatbeltProfile {
  /** For `-p`. Paths of the policy are in it only as parts of regular expressions. */
  readonly profile: string;
  /** For `-D name=path`, each name once. */
  readonly parameters: readonly (readonly [name: string, path: string])[];
}

/** The same policy gives the same text. Never throws; a policy that is empty allows no file at all. */
export function seatbeltProfile(policy: SeatbeltPolicy): SeatbeltProfile {
  const parameters = new Map<string, string>();
  const param: NameParameter = (name, path) => {
    parameters.set(name, path);
    return `(param "${name}")`;
  };
  const sections = [
    BASE,
    reads(policy, param),
    writes(policy.writable, param),
    denials(policy.denied, param),
    hiddenGlobs(policy.globs),
    pins(policy, param),
    policy.network === 'enabled' ? NETWORK : '',
  ];
  return { profile: sections.join(''), parameters: [...parameters] };
}

/** Makes a path a parameter of the profile; out: how the profile speaks of it. */
type NameParameter = (name: string, path: string) => string;

/** A rule over any of the filters; without a filter it would be about everything, so then there is none. */
const rule = (action: string, filters: readonly string[]): string =>
  filters.length === 0 ? '' : `(${action}${filters.map((filter) => `\n  ${filter}`).join('')})\n`;

function reads({ readable, writable }: SeatbeltPolicy, param: NameParameter): string {
  if (readable.reach === 'everything') return '(allow file-read*)\n';
  const roots = [...readable.roots, ...writable.map(({ path }) => path)];
  const ancestors = [...new Set(roots.flatMap((root) => directoriesBetween('/', root)))];
  return [
    readable.minimal ? PLATFORM_READS : '',
    rule(
      'allow file-read*',
      roots.map((root, index) => `(subpath ${param(`READABLE_ROOT_${index}`, root)})`),
    ),
    // The way to a root can be looked up, as through the mount points of a Linux sandbox, but not listed.
    rule(
      'allow file-read-metadata',
      ancestors.map((directory, index) => `(literal ${param(`READABLE_ANCESTOR_${index}`, directory)})`),
    ),
  ].join('');
}

const writes = (writable: readonly WritableRoot[], param: NameParameter): string =>
  rule(
    'allow file-write*',
    writable.map(({ path }, index) => {
      const name = `WRITABLE_ROOT_${index}`;
      const root = `(subpath ${param(name, path)})`;
      // It is enough that one root allows a path, so what a root within this one carves out is carved out of both.
      const within = writable.filter((other) => other.path === path || isBelow(path, other.path));
      const excluded = [...new Set(within.flatMap((other) => other.excluded))];
      const carved = excluded.flatMap((inner, ordinal) => {
        const parameter = param(`${name}_EXCLUDED_${ordinal}`, inner);
        return [`(require-not (literal ${parameter}))`, `(require-not (subpath ${parameter}))`];
      });
      const guarded = within.flatMap((other) =>
        other.protectedNames.map((guardedName) => `(require-not (regex #"${nameRegex(other.path, guardedName)}"))`),
      );
      return requireAll([root, ...carved, ...guarded]);
    }),
  );

const denials = (denied: readonly DeniedPath[], param: NameParameter): string =>
  rule(
    'deny file-read* file-write*',
    denied.map(({ path, except }, index) => {
      const name = `DENIED_${index}`;
      return requireAll([
        `(subpath ${param(name, path)})`,
        ...except.map((inner, ordinal) => `(require-not (subpath ${param(`${name}_EXCEPT_${ordinal}`, inner)}))`),
      ]);
    }),
  );

const requireAll = (filters: readonly string[]): string =>
  filters.length === 1 ? filters[0]! : `(require-all${filters.map((filter) => `\n    ${filter}`).join('')})`;

/** Moving a file away would let it be read under its new name. */
function hiddenGlobs(globs: readonly string[]): string {
  const filters = globs.map((glob) => `(regex #"${globRegex(glob)}")`);
  return rule('deny file-read*', filters) + rule('deny file-write-unlink', filters);
}

/**
 * Roots, and directories in them on the way to what is carved out, cannot be moved or removed: their content would be free under
 * another name. This is what the pinned mounts of a Linux sandbox are for. It does not hold directories that only `**` of a glob
 * stands for: such a one can go to another root, where the glob does not see it.
 */
function pins({ writable, denied, globs }: SeatbeltPolicy, param: NameParameter): string {
  const carved = denied.map(({ path }) => path);
  const directories = writable.flatMap(({ path, excluded }) => [
    path,
    ...[...excluded, ...carved].flatMap((inner) => directoriesBetween(path, inner)),
  ]);
  return rule('deny file-write-unlink', [
    ...[...new Set(directories)].map((directory, index) => `(literal ${param(`PINNED_${index}`, directory)})`),
    ...globs.flatMap(globDirectories).map((glob) => `(regex #"${globRegex(glob)}")`),
  ]);
}

/** The directories below `outer` that lead to `inner`, shallow first; none when it is not below. */
function directoriesBetween(outer: string, inner: string): string[] {
  if (!isBelow(outer, inner)) return [];
  const base = asPrefix(outer);
  const names = inner.slice(base.length).split('/');
  return names.slice(0, -1).map((_, index) => base + names.slice(0, index + 1).join('/'));
}

const isBelow = (outer: string, inner: string): boolean => inner !== outer && inner.startsWith(asPrefix(outer));
const asPrefix = (directory: string): string => (directory === '/' ? '/' : `${directory}/`);
