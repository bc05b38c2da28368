import type { ModelRequest } from './mock-model.js';

/** What the model reads of a request, without what differs between any two sessions: made-up ids, folders and times. */
export function withoutChance({ instructions, input, tools }: ModelRequest): unknown {
  const text = withoutFolders(JSON.stringify({ instructions, input, tools }))
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/codex-arg0\w{6}/g, 'codex-arg0X')
    .replace(/Chunk ID: \w+/g, 'Chunk ID: X')
    .replace(/Wall time: [\d.]+ seconds/g, 'Wall time: X');
  return JSON.parse(text);
}

/** A text with the same word for every fresh folder. */
export const withoutFolders = (text: string): string => text.replace(/farhand-interop-\w{6}/g, 'FOLDER');
