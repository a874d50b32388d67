/** Wall-clock time of a zone and back. A wall time is the epoch milliseconds at which a clock in UTC shows the same. */

const HOUR_MS = 3_600_000;
/** Far enough to lie on the other side of any change, one over the date line included. */
const AROUND_MS = 36 * HOUR_MS;
const SECOND_MS = 1_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const numeric = 'numeric' as const;
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', ...fields });
  formats.set(timezone, format);
  return format;
}

/** What a clock in the zone shows at an instant. */
export function wallTimeOf(timezone: string, instantMs: number): number {
  const parts = formatOf(timezone).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((entry) => entry.type === type)?.value);
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
}

/** How far the zone is ahead of UTC at an instant of whole seconds. */
export function offsetAt(timezone: string, instantMs: number): number {
  return wallTimeOf(timezone, instantMs) - instantMs;
}

/**
 * The instant at which a clock in the zone shows a wall time: the first one where it does so twice, the first instant
 * after the gap where it never does. Later wall times never give earlier instants.
 */
export function instantOf(timezone: string, wallMs: number): number {
  const [early, late] = [wallMs - AROUND_MS, wallMs + AROUND_MS];
  const [before, after] = [offsetAt(timezone, early), offsetAt(timezone, late)];
  if (before === after) return wallMs - before;
  const shown = [wallMs - before, wallMs - after].filter((instant) => wallTimeOf(timezone, instant) === wallMs);
  return shown.length > 0 ? Math.min(...shown) : changeBetween(timezone, early, late);
}

/** The first instant of the later offset. */
function changeBetween(timezone: string, earlyMs: number, lateMs: number): number {
  const before = offsetAt(timezone, earlyMs);
  let [low, high] = [earlyMs, lateMs];
  while (high - low > SECOND_MS) {
    const middle = low + Math.floor((high - low) / 2 / SECOND_MS) * SECOND_MS;
    if (offsetAt(timezone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
