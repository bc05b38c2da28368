/** Which of several versions of a plugin is the one in use. Pure. Source: 0.169.0, probed. */

/** The version under development; it is always the one in use. */
const LOCAL = 'local';

export const isVersionName = (name: string) => /^[\w.+-]+$/.test(name) && name !== '.' && name !== '..';

/** The later one. Two that are both semantic versions are compared as such, others as texts. */
export function laterVersion(one: string, other: string): string {
  if (one === LOCAL || other === LOCAL) return LOCAL;
  const [parsed, parsedOther] = [parseVersion(one), parseVersion(other)];
  const order = parsed && parsedOther ? compareVersions(parsed, parsedOther) : compareTexts(one, other);
  return order > 0 ? one : other;
}

interface Version {
  readonly numbers: readonly string[];
  readonly preRelease: readonly string[];
  readonly build: readonly string[];
}

const NUMBER = '(0|[1-9]\\d*)';
const PART = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*)';
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PART}(?:\\.${PART})*))?(?:\\+([\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*))?$`,
);

function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, preRelease, build] = match;
  return {
    numbers: [major!, minor!, patch!],
    preRelease: preRelease?.split('.') ?? [],
    build: build?.split('.') ?? [],
  };
}

/** Builds of the same version are ordered, too. */
function compareVersions(one: Version, other: Version): number {
  return (
    compareParts(one.numbers, other.numbers) ||
    comparePreReleases(one.preRelease, other.preRelease) ||
    compareParts(one.build, other.build)
  );
}

/** What is not one comes later. */
const comparePreReleases = (one: readonly string[], other: readonly string[]): number =>
  one.length === 0 || other.length === 0 ? other.length - one.length : compareParts(one, other);

function compareParts(one: readonly string[], other: readonly string[]): number {
  for (const [index, part] of one.entries()) {
    const order = comparePart(part, other[index]);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** Numbers come before words, and nothing before both. */
function comparePart(one: string, other: string | undefined): number {
  if (other === undefined) return 1;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return compareNumbers(BigInt(one), BigInt(other));
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compareTexts(one, other);
}

const compareNumbers = (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0);

/** All ASCII. */
const compareTexts = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
