/** Sizes and times as people read them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `999 B`, `1.0 kB`, `12.3 MB`: units of 1000. */
export function humanSize(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  // Looks at what will be shown: 999,950 bytes are 1.0 MB, not 1000.0 kB.
  while (unit < UNITS.length - 1 && Number(amount.toFixed(unit === 0 ? 0 : 1)) >= 1000) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

/** `0.3 s`, `59.9 s`, then `1:00`, `1:00:00`. */
export const humanDuration = (ms: number): string => (ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : clock(ms));

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (amount: number) => String(amount).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
