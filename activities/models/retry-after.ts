/** The pause that a server asks for, in milliseconds: `retry-after-ms`, seconds, or a date. */
export function readRetryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (exact >= 0) return Math.ceil(exact);
  const value = headers.get('retry-after') ?? '';
  const seconds = Number(value);
  if (value !== '' && seconds >= 0) return Math.ceil(seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
