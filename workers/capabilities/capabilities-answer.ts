/** The result of capabilities/discoverV2, which grows up to its limits: what is found first has room. Source: 0.169.0, probed. */
import type { DiscoveredPlugin, DiscoveredSkill } from '#src/protocol/discovery.js';
import { CAPABILITIES, CAPABILITIES_BYTES, CAPABILITY_WARNINGS } from '#src/protocol/limits.js';

const LIMIT_WARNING = 'capability discovery size limit reached';

export class CapabilitiesAnswer {
  /** Written already. */
  readonly #plugins: string[] = [];
  readonly #skills: string[] = [];
  readonly #warnings: string[] = [];
  #count = 0;
  #bytes = 0;
  #isTruncated = false;

  get isFull(): boolean {
    return this.#count === CAPABILITIES || this.#bytes === CAPABILITIES_BYTES;
  }

  /** Something was left out. */
  truncate(): void {
    this.#isTruncated = true;
  }

  warn(warning: string): void {
    if (this.#warnings.length < CAPABILITY_WARNINGS) this.#warnings.push(warning);
  }

  /** A plugin counts as well as each of its skills; the last of them are left out first. */
  addPlugin(plugin: DiscoveredPlugin): void {
    const skills = plugin.skills.slice(0, Math.max(CAPABILITIES - this.#count - 1, 0));
    if (skills.length < plugin.skills.length) this.truncate();
    this.#add(this.#plugins, 1 + skills.length, { ...plugin, skills });
  }

  addSkill(skill: DiscoveredSkill): void {
    this.#add(this.#skills, 1, skill);
  }

  /** One that does not fit in is left out; a smaller one behind it may still fit. */
  #add(to: string[], count: number, capability: DiscoveredPlugin | DiscoveredSkill): void {
    const text = JSON.stringify(capability);
    const bytes = Buffer.byteLength(text);
    if (this.#count + count > CAPABILITIES || this.#bytes + bytes > CAPABILITIES_BYTES) {
      this.truncate();
      return;
    }
    this.#count += count;
    this.#bytes += bytes;
    to.push(text);
  }

  /** The limit holds for the whole: warnings go before skills, skills before plugins. */
  toJson(): string {
    if (!this.#isTruncated && Buffer.byteLength(this.#text()) <= CAPABILITIES_BYTES) return this.#text();
    this.#warnings.length = Math.min(this.#warnings.length, CAPABILITY_WARNINGS - 1);
    this.#warnings.unshift(LIMIT_WARNING);
    let over = Buffer.byteLength(this.#text()) - CAPABILITIES_BYTES;
    while (over > 0) {
      const dropped =
        this.#warnings.length > 1 ? JSON.stringify(this.#warnings.pop()) : (this.#skills.pop() ?? this.#plugins.pop());
      over -= Buffer.byteLength(dropped!);
    }
    return this.#text();
  }

  #text(): string {
    return `{"plugins":[${this.#plugins}],"skills":[${this.#skills}],"warnings":${JSON.stringify(this.#warnings)}}`;
  }
}
