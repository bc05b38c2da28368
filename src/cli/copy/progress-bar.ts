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
  const { bytes, files } = progress;
  if (progress.listing) {
    return firstThatFits([[`listing: ${files.total} files, ${humanSize(bytes.total)}`], ['listing']], room);
  }
  const percent = `${Math.floor(fraction(progress) * 100)} %`.padStart(5);
  const count = files.total === 1 ? [] : [`${files.done}/${files.total} files`];
  const amount = `${humanSize(bytes.done)} of ${humanSize(bytes.total)}`;
  const rate = progress.bytesPerSecond > 0 ? [`${humanSize(progress.bytesPerSecond)}/s`] : [];
  const left = remaining(progress);
  const before = firstThatFits([count, []], room - NARROWEST_BAR * 4);
  const tail = [[amount, ...rate, ...left], [...rate, ...left], left, []];
  const bar = NARROWEST_BAR + 2;
  const start = before === '' ? [] : [before];
  const chosen = tail.find((parts) => widthOf([...start, percent, ...parts]) + GAP.length + bar <= room);
  if (chosen === undefined) return percent.trim().slice(0, Math.max(room, 0));
  const width = Math.min(WIDEST_BAR, room - widthOf([...start, percent, ...chosen]) - GAP.length - 2);
  return [...start, barOf(fraction(progress), width), percent, ...chosen].join(GAP);
}

const widthOf = (parts: readonly string[]): number => parts.join(GAP).length;

const firstThatFits = (candidates: readonly (readonly string[])[], room: number): string =>
  candidates.map((parts) => parts.join(GAP)).find(({ length }) => length <= room) ?? '';

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
