import type { ModelRequest } from './mock-model.js';

/** SKILL.md of a skill; the names of skills in tests end in `-skill`, those that a client brings do not. */
export const skillFile = (name: `${string}-skill`, description: string): string =>
  `---\nname: ${name}\ndescription: ${description}\n---\nWhat ${name} says.\n`;

/** `NAME: DESCRIPTION` of the skills that a model is told of, by name. */
export const skillsIn = (request: ModelRequest): readonly string[] =>
  textsOf(request)
    .filter((text) => text.startsWith('<skills_instructions>'))
    .flatMap((text) => [...text.matchAll(/^- (\w+-skill: .*) \(.*\)$/gm)])
    .map(([, skill]) => skill!)
    .sort();

/** What a model is told in words, message after message. */
export const textsOf = ({ input }: ModelRequest): readonly string[] =>
  input.flatMap(({ content = [] }) => content.flatMap(({ text }) => text ?? []));
