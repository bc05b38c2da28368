/** What stands at the head of a SKILL.md, between two lines `---`. Pure. Source: 0.169.0, probed. */
import { SKILL_NAME_CHARACTERS, YAML_LEXEMES } from '#src/protocol/limits.js';
import { parseYaml, YamlFault, type YamlValue } from './yaml-value.js';

export interface FrontMatter {
  readonly name: string;
  readonly description: string;
  readonly shortDescription: string | null;
}

/** Texts come in one line. A skill without a name has that of its folder. Errors: YamlFault when it is not as it must be. */
export function readFrontMatter(contents: string, folderName: string): FrontMatter {
  const head = headOf(contents);
  if (head === undefined) throw new YamlFault('no front matter');
  try {
    return shape(parseYaml(head), folderName);
  } catch (error) {
    const repaired = error instanceof YamlFault ? quoteProse(head) : undefined;
    if (repaired === undefined) throw error;
    return shape(parseYaml(repaired), folderName);
  }
}

/** White space collapsed to single blanks, none around. */
export const oneLine = (text: string) => text.split(/\s+/).filter(Boolean).join(' ');

/** As users count them. */
export const charactersOf = (text: string) => [...text].length;

function shape(value: YamlValue, folderName: string): FrontMatter {
  const name = oneLine(value.given('name')?.text ?? '') || oneLine(folderName) || 'skill';
  const description = oneLine(value.given('description')?.text ?? '');
  const shortDescription = oneLine(value.given('metadata')?.given('short-description')?.text ?? '');
  if (charactersOf(name) > SKILL_NAME_CHARACTERS) throw new YamlFault('too long a name');
  if (description === '') throw new YamlFault('no description');
  return { name, description, shortDescription: shortDescription || null };
}

/** A byte order mark is no white space here. */
const isFence = (line: string) => /^[^\S\uFEFF]*---[^\S\uFEFF]*$/.test(line);

function headOf(contents: string): string | undefined {
  const [first, ...lines] = contents.split('\n');
  if (!isFence(first!)) return undefined;
  const end = lines.findIndex(isFence);
  return end < 0 ? undefined : lines.slice(0, end).join('\n');
}

// ---- repair ------------------------------------------------------------------------------------------

/**
 * Many write prose that is no YAML, such as `description: Build for AWS: ECS`: such values are put into quotes, line by line.
 * Undefined when there are none.
 */
function quoteProse(head: string): string | undefined {
  const lines = head.split('\n');
  if (lines.length > YAML_LEXEMES) return undefined;
  /** Indent of the line that began a block of text, which goes on while lines are indented further. */
  let block: number | undefined;
  const repaired = lines.map((line) => {
    const indent = line.length - line.trimStart().length;
    if (block !== undefined && (line.trim() === '' || indent > block)) return line;
    const member = memberOf(line);
    block = member && /^[|>]/.test(member.value) ? indent : undefined;
    return member && isProse(member.value) ? quoted(member) : line;
  });
  return repaired.every((line, index) => line === lines[index]) ? undefined : repaired.join('\n');
}

/** A line `key: value # comment`; `before` and `after` are what stands around the value. */
interface Member {
  readonly before: string;
  readonly value: string;
  readonly after: string;
}

function memberOf(line: string): Member | undefined {
  const colon = line.indexOf(':');
  if (colon < 0 || line.slice(0, colon).trim() === '' || !/^\s/.test(line.slice(colon + 1))) return undefined;
  const rest = line.slice(colon + 1).trimStart();
  const comment = rest.search(/\s#/);
  const value = (comment < 0 ? rest : rest.slice(0, comment)).trimEnd();
  return { before: line.slice(0, line.length - rest.length), value, after: rest.slice(value.length) };
}

const quoted = ({ before, value, after }: Member) => `${before}'${value.replaceAll("'", "''")}'${after}`;

function isProse(value: string): boolean {
  if (/^['"#]/.test(value)) return false;
  return /:\s/.test(value) || (/^[[{@`]/.test(value) && !isYaml(value));
}

function isYaml(text: string): boolean {
  try {
    parseYaml(text);
    return true;
  } catch (error) {
    if (error instanceof YamlFault) return false;
    throw error;
  }
}
