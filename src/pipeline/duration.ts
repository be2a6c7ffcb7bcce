const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const DURATION_PATTERN = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;
export const DURATION_MS_MAX = 365 * UNIT_MS.d;

/** The milliseconds of `250ms 30s 5m 2h 3d`; undefined when the text is no duration or longer than 365 days. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms <= DURATION_MS_MAX ? ms : undefined;
}

const TIME_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** The milliseconds since 1970 of a time such as `2027-01-31T09:00:00Z`; undefined without its offset, or when there is no such time. */
export function parseTime(text: string): number | undefined {
  const ms = TIME_PATTERN.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The shortest way to write a duration: `90s`, `5m`. */
export function durationText(ms: number): string {
  const [unit] = (['d', 'h', 'm', 's'] as const).filter((name) => ms % UNIT_MS[name] === 0);
  return unit === undefined ? `${ms}ms` : `${ms / UNIT_MS[unit]}${unit}`;
}
