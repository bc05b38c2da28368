/** agents/openai.yaml beside a SKILL.md: what a skill needs, and when it may be used. Pure. Source: 0.169.0, probed. */
import { charactersOf, oneLine } from './front-matter.js';
import { parseYaml, YamlFault, type YamlValue } from './yaml-value.js';

export interface SkillSettings {
  readonly dependencies: { readonly tools: readonly SkillTool[] } | null;
  readonly policy: { readonly allowImplicitInvocation: boolean | null; readonly products: readonly string[] } | null;
}

interface SkillTool {
  readonly type: string;
  readonly value: string;
  readonly description: string | null;
  readonly transport: string | null;
  readonly command: string | null;
  readonly url: string | null;
  readonly oauthCallbackPort: number | null;
}

const NO_SETTINGS: SkillSettings = { dependencies: null, policy: null };
const PRODUCTS: ReadonlySet<string> = new Set(['codex', 'chatgpt', 'atlas']);
const INTERFACE_TEXTS = [
  'display_name',
  'short_description',
  'icon_small',
  'icon_large',
  'brand_color',
  'default_prompt',
];
/** Characters of the words that name a kind, and of texts. Source: 0.169.0. */
const WORD_CHARACTERS = 64;
const TEXT_CHARACTERS = 1024;
const PORT_MAX = 0xffff;

/** A file that is not as it must be says nothing. */
export function readSkillSettings(contents: string): SkillSettings {
  try {
    const file = parseYaml(contents);
    if (file.isNull) return NO_SETTINGS;
    checkInterface(file.given('interface'));
    return { dependencies: readDependencies(file.given('dependencies')), policy: readPolicy(file.given('policy')) };
  } catch (error) {
    if (error instanceof YamlFault) return NO_SETTINGS;
    throw error;
  }
}

/** Nothing of it is sent, but a file in which it is wrong is refused as a whole. */
function checkInterface(shown: YamlValue | undefined): void {
  for (const name of INTERFACE_TEXTS) shown?.given(name)?.text;
}

function readPolicy(policy: YamlValue | undefined): SkillSettings['policy'] {
  if (policy === undefined) return null;
  const products = (policy.member('products')?.items ?? []).map((product) => product.text.toLowerCase());
  if (!products.every((product) => PRODUCTS.has(product))) throw new YamlFault('no such product');
  return { allowImplicitInvocation: policy.given('allow_implicit_invocation')?.flag ?? null, products };
}

function readDependencies(dependencies: YamlValue | undefined): SkillSettings['dependencies'] {
  const tools = (dependencies?.member('tools')?.items ?? []).flatMap(readTool);
  return tools.length > 0 ? { tools } : null;
}

/** One or none: a tool without a kind and a value is left out. */
function readTool(tool: YamlValue): SkillTool[] {
  const read = (name: string, limit: number) => shortText(tool.given(name)?.text, limit);
  const settings = {
    type: read('type', WORD_CHARACTERS),
    value: read('value', TEXT_CHARACTERS),
    description: read('description', TEXT_CHARACTERS),
    transport: read('transport', WORD_CHARACTERS),
    command: read('command', TEXT_CHARACTERS),
    url: read('url', TEXT_CHARACTERS),
    oauthCallbackPort: tool.given('oauth')?.given('callback_port')?.natural(PORT_MAX) ?? null,
  };
  const { type, value } = settings;
  return type === null || value === null ? [] : [{ ...settings, type, value }];
}

/** In one line; null when there is nothing, or too much. */
function shortText(text = '', limit: number): string | null {
  const line = oneLine(text);
  return line === '' || charactersOf(line) > limit ? null : line;
}
