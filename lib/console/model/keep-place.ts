/** Where a list must be scrolled to so that what is in sight stays there while rows come and go. Pure. */

interface Placed {
  readonly id: string;
}

/** By how many rows what was first in sight has moved; 0 where it is gone. @param first its index before */
export function rowsMoved(before: readonly Placed[], after: readonly Placed[], first: number): number {
  const id = before[first]?.id;
  if (id === undefined || after[first]?.id === id) return 0;
  const now = after.findIndex((row) => row.id === id);
  return now === -1 ? 0 : now - first;
}
