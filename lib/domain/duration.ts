const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** An execution may last a year; a day is kept for settling. */
export const MAX_DURATION_MS = 364 * UNIT_MS.d;

/** `"90s"`, `"10m"`, `"2h"`, `"7d"` as milliseconds; undefined when it is not a duration, or one of 285,000 years. */
export function parseDuration(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** 8_100_000 as `2h 15m`, for people. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
    rest %= seconds;
  }
  return parts.join(' ');
}
