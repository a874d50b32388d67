/** Instants as the clock on the reader's wall shows them. */

const two = (value: number) => String(value).padStart(2, '0');

/** 2026-11-22 */
function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** 04:31:12 */
export function timeOfDay(at: string | number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** 2026-11-22 04:31:12 */
export function localTime(at: string | number): string {
  return `${dayOf(new Date(at))} ${timeOfDay(at)}`;
}

/** The time alone where that is today's, else with its day. */
export function shortTime(at: string | number, now: number): string {
  const isToday = dayOf(new Date(at)) === dayOf(new Date(now));
  return isToday ? timeOfDay(at) : localTime(at);
}
