/** Days as people choose them, and the instants that they mean in the viewer's zone. Pure but for that zone. */

/** How many days back each reaches, today included. */
export const RANGES = { today: 1, '7d': 7, '30d': 30 } as const;
export type Range = keyof typeof RANGES;

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

export function isRange(text: string | undefined): text is Range {
  return text !== undefined && Object.hasOwn(RANGES, text);
}

/** True of what `from` and `to` of an address may be. */
export function isRangeEnd(text: string): boolean {
  return isRange(text) || ((DAY.test(text) || INSTANT.test(text)) && !Number.isNaN(Date.parse(text)));
}

/** The first instant of a day or range, or the one after its last; an instant is itself. ISO 8601 in UTC. */
export function instantOf(text: string, side: 'begin' | 'end', now: number): string {
  const after = side === 'end' ? 1 : 0;
  if (isRange(text)) {
    const today = new Date(now);
    return midnight(today.getFullYear(), today.getMonth(), today.getDate() - RANGES[text] + 1 + after);
  }
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year === undefined) return new Date(text).toISOString();
  return midnight(Number(year), Number(month) - 1, Number(day) + after);
}

/** The day that a field for dates shows for it; empty for none. */
export function dayOf(text: string | undefined, now: number): string {
  if (text === undefined) return '';
  if (DAY.test(text)) return text;
  const date = new Date(instantOf(text, 'begin', now));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function midnight(year: number, month: number, day: number): string {
  return new Date(year, month, day).toISOString();
}
