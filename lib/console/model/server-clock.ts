/** By how much this machine's clock is off from Errand's. Pure. */

/** Less than this nobody sees, and the clock of an answer is no finer than a second. */
const MIN_OFFSET_MS = 3_000;
const HALF_A_SECOND_MS = 500;

/**
 * What to add to this machine's clock; 0 where it is right as far as can be told.
 * @param date of an answer, as HTTP has it @param sentMs when it was asked for @param gotMs when it came, both by this clock
 * @returns undefined where nothing is told
 */
export function clockOffset(date: string | null, sentMs: number, gotMs: number): number | undefined {
  const toldMs = Date.parse(date ?? '');
  if (Number.isNaN(toldMs)) return undefined;
  const offsetMs = toldMs + HALF_A_SECOND_MS - (sentMs + gotMs) / 2;
  const doubtMs = HALF_A_SECOND_MS + (gotMs - sentMs) / 2;
  return Math.abs(offsetMs) < Math.max(MIN_OFFSET_MS, doubtMs) ? 0 : Math.round(offsetMs);
}
