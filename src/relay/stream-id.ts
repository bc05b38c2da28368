import type { Brand } from 'valibot';

/** Names one stream on a link; chosen by the harness, or by whoever else writes to the link. Any text that is not blank. */
export type StreamId = string & Brand<'StreamId'>;

/** Only for ids that were decoded, or made here. */
export const asStreamId = (text: string) => text as StreamId;

const PARTS = '([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})';
/** With and without hyphens, in braces, as a URN: what 0.169.0 takes for a UUID. */
const UUID_FORMS = [PARTS, PARTS.replaceAll('-(', '('), `\\{${PARTS}\\}`, `urn:uuid:${PARTS}`].map(
  (form) => new RegExp(`^${form}$`, 'i'),
);

/** The id as a UUID in canonical spelling, or undefined. Only such ids are told to the registry. */
export function canonicalUuid(id: StreamId): string | undefined {
  const parts = UUID_FORMS.map((form) => form.exec(id)).find((match) => match !== null);
  return parts?.slice(1).join('-').toLowerCase();
}

/** What may stand in a log. */
export const loggableStreamId = (id: StreamId): string => canonicalUuid(id) ?? 'invalid';
