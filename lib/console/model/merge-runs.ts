/** One list of what came in pages at different times. Pure. */

interface Listed {
  readonly id: string;
}

/**
 * Runs, newest first, of the newest page and of all pages that were read before it. Where the newest page reaches, only it
 * counts: what is not in it does not match any more. Ids grow with time.
 * @param isLast the newest page goes back to the very first run
 */
export function mergeRuns<Run extends Listed>(newest: readonly Run[], older: readonly Run[], isLast: boolean): Run[] {
  const end = newest.at(-1)?.id;
  if (isLast || older.length === 0) return [...newest];
  if (end === undefined) return [...older];
  const seen = new Set<string>();
  const behind = older.filter(({ id }) => id < end && !seen.has(id) && seen.add(id));
  return [...newest, ...behind.toSorted((a, b) => (a.id < b.id ? 1 : -1))];
}

/** True where runs may lie between the newest page and those read before: more came at once than a page holds. */
export function hasGap<Run extends Listed>(newest: readonly Run[], older: readonly Run[]): boolean {
  const end = newest.at(-1)?.id;
  const begin = older[0]?.id;
  return end !== undefined && begin !== undefined && end > begin;
}
