/** Filters in words, for whoever wonders why nothing is shown. Pure but for the viewer's language. */
import { isRange } from './date-range.ts';
import type { RunFilters } from './run-filters.ts';

const RANGE_WORDS = { today: 'today', '7d': 'in the last 7 days', '30d': 'in the last 30 days' } as const;

/** @param labelOf how a status is called on the page */
export function filterWords(
  filters: RunFilters,
  labelOf: (status: RunFilters['statuses'][number]) => string,
): readonly string[] {
  const { statuses, flow, q, businessKey, remoteId, from, to } = filters;
  return [
    statuses.length > 0 && `status: ${statuses.map(labelOf).join(', ')}`,
    flow !== undefined && `flow: ${flow}`,
    q !== undefined && `search: ${q}`,
    businessKey !== undefined && `business key: ${businessKey}`,
    remoteId !== undefined && `remote id: ${remoteId}`,
    (from !== undefined || to !== undefined) && `accepted: ${rangeWords(from, to)}`,
  ].filter((words) => words !== false);
}

function rangeWords(from: string | undefined, to: string | undefined): string {
  if (isRange(from) && to === undefined) return RANGE_WORDS[from];
  return [from === undefined ? '' : `from ${from}`, to === undefined ? '' : `to ${to}`].filter(Boolean).join(' ');
}
