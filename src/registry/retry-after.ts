/** Milliseconds from `now`, or undefined where nothing usable is said. `text`: seconds, or a date. Source: RFC 9110, section 10.2.3. */
export function retryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
