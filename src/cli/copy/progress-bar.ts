/** The line that shows how far a copy is. Pure. */
import { clock, humanSize } from './human.js';

/** Of everything to copy, as far as it is known. */
export interface Progress {
  /** Still looking for what there is to copy. */
  readonly listing: boolean;
  readonly files: Amount;
  readonly bytes: Amount;
  /** 0: not known. */
  readonly bytesPerSecond: number;
}

interface Amount {
  readonly done: number;
  readonly total: number;
}

const WIDEST_BAR = 40;
const NARROWEST_BAR = 10;
const GAP = '  ';

/**
 * One line of less than `columns` characters; what matters least is left out where it is narrow.
 *
 *     3/10 files  [################........................]  40 %  49.2 MB of 123.0 MB  12.3 MB/s  0:06 left
 */
export function progressLine(progress: Progress, columns: number): string {
  const room = columns - 1;
  const percent = `${Math.floor(fraction(progress) * 100)} %`.padStart('100 %'.length);
  const layouts = progress.listing ? [] : layoutsOf(progress);
  for (const { before, after } of layouts) {
    const width = room - [...before, '[]', percent, ...after].join(GAP).length;
    if (width < NARROWEST_BAR) continue;
    return [...before, barOf(fraction(progress), Math.min(width, WIDEST_BAR)), percent, ...after].join(GAP);
  }
  const barest = progress.listing ? [found(progress), 'listing'] : [percent.trim()];
  return barest.find(({ length }) => length <= room) ?? '';
}

interface Layout {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The fullest first. */
function layoutsOf(progress: Progress): readonly Layout[] {
  const { files, bytes, bytesPerSecond } = progress;
  const count = files.total === 1 ? [] : [`${files.done}/${files.total} files`];
  const amount = `${humanSize(bytes.done)} of ${humanSize(bytes.total)}`;
  const rate = bytesPerSecond > 0 ? [`${humanSize(bytesPerSecond)}/s`] : [];
  const left = remaining(progress);
  return [
    { before: count, after: [amount, ...rate, ...left] },
    { before: count, after: [...rate, ...left] },
    { before: [], after: left },
    { before: [], after: [] },
  ];
}

const found = ({ files, bytes }: Progress): string => `listing: ${files.total} files, ${humanSize(bytes.total)}`;

const barOf = (done: number, width: number): string => {
  const filled = Math.floor(done * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
};

/** By bytes; where all files are empty, by files. It is 1 only at the very end. */
function fraction({ bytes, files }: Progress): number {
  if (files.done >= files.total) return 1;
  const { done, total } = bytes.total > 0 ? bytes : files;
  return Math.min(done / total, 0.999);
}

function remaining({ bytes, files, bytesPerSecond }: Progress): readonly string[] {
  if (files.done >= files.total) return [];
  if (bytes.done >= bytes.total) return ['finishing'];
  return bytesPerSecond > 0 ? [`${clock(((bytes.total - bytes.done) / bytesPerSecond) * 1000)} left`] : [];
}
