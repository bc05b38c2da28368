/**
 * What a plan saw of the disk: mounts follow objects and not names, so a sandbox that is kept for later requests is good only as
 * long as the same questions have the same answers. Plain data.
 *
 * Listings are not remembered: any new file would change them. Instead a plan with globs is made again, see `denied` of MountPlan.
 */
import type { Disk, Found } from './disk.js';

export interface Observations {
  readonly found: readonly (readonly [path: string, found: Found])[];
  readonly texts: readonly (readonly [path: string, limitBytes: number, text: string | undefined])[];
}

/** The same disk, which asks each question once and remembers the answer. */
export function observing(disk: Disk): { readonly disk: Disk; observations(): Observations } {
  const found = new Map<string, Found>();
  const texts: [string, number, string | undefined][] = [];
  return {
    disk: {
      look(path) {
        const answer = found.get(path) ?? disk.look(path);
        found.set(path, answer);
        return answer;
      },
      list: (directory) => disk.list(directory),
      readText(path, limitBytes) {
        const text = disk.readText(path, limitBytes);
        texts.push([path, limitBytes, text]);
        return text;
      },
    },
    observations: () => ({ found: [...found], texts }),
  };
}

/** Whether all is still as it was seen. Placeholders of living sandboxes must be hidden from this disk, too: see planMounts. */
export function stillHolds({ found, texts }: Observations, disk: Disk): boolean {
  return (
    found.every(([path, was]) => isSame(was, disk.look(path))) &&
    texts.every(([path, limitBytes, was]) => disk.readText(path, limitBytes) === was)
  );
}

function isSame(was: Found, now: Found): boolean {
  if (was.is === 'link') return now.is === 'link' && now.target === was.target;
  if ('identity' in was) return now.is === was.is && now.identity === was.identity;
  return now.is === was.is;
}
