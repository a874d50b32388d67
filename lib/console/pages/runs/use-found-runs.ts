import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { KEYS, useRuns, useRunsBefore } from '../../api/queries.ts';
import type { Page, Run } from '../../api/types.ts';
import { agreedRuns, findRuns, knownRuns } from '../../model/find-runs.ts';
import { changed, type RunFilters, withInstants } from '../../model/run-filters.ts';
import { useSettled } from './use-settled.ts';

const TYPING_MS = 250;
/** A list that is open for days must not fill the memory. */
const MAX_KNOWN = 20_000;

export interface FoundRuns {
  readonly runs: readonly Run[];
  /** All that the page has read, for counting; by all filters but the statuses. */
  readonly counted: readonly Run[];
  /** Not one answer has come yet. */
  readonly isPending: boolean;
  /** The answer to these very filters is still to come; what is shown was known before. */
  readonly isAsking: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
  readonly hasMore: boolean;
  /** So many of the runs are known to be without a gap; behind them, more is to be asked for. */
  readonly complete: number;
  readonly more: () => void;
}

/**
 * The runs that match: at once those that the page has read before, then as the API knows them.
 * @param inSight when the first run in sight was accepted, where that is far down: there, too, the list is live
 */
export function useFoundRuns(filters: RunFilters, inSight: string | undefined): FoundRuns {
  const wanted = useMemo(() => withInstants(filters, Date.now()), [filters]);
  const asked = useSettled(wanted.q, TYPING_MS);
  const byKey = useRuns(asked === undefined ? wanted : changed(wanted, { businessKey: asked, remoteId: undefined }));
  const byId = useRuns(changed(wanted, { businessKey: undefined, remoteId: asked }), { enabled: asked !== undefined });
  const isAsking =
    asked !== wanted.q || byKey.isPlaceholder || byKey.isPending || (asked !== undefined && byId.isPending);
  const known = useKnownRuns(byKey.runs, byId.runs, useRunsBefore(wanted, isAsking ? undefined : inSight));
  const local = useMemo(() => findRuns(known, wanted), [known, wanted]);
  const counted = useMemo(() => findRuns(known, { ...wanted, statuses: [] }), [known, wanted]);
  const isServed = !isAsking && wanted.q === undefined;
  const runs = useMemo(
    () => (isServed ? agreedRuns(local, byKey.runs, !byKey.hasNextPage) : local),
    [isServed, byKey.runs, local, byKey.hasNextPage],
  );
  return {
    runs,
    counted,
    isPending: byKey.isPending,
    isAsking,
    error: byKey.error ?? byId.error,
    retry: () => void Promise.all([byKey.refetch(), ...(asked === undefined ? [] : [byId.refetch()])]),
    hasMore: byKey.hasNextPage,
    complete: isServed ? byKey.runs.length : 0,
    more: () => {
      if (byKey.hasNextPage && !byKey.isFetchingNextPage && !isAsking) void byKey.fetchNextPage();
    },
  };
}

/** All runs of all lists that have been read since the page is open, whatever was filtered by then; the newest 20,000. */
function useKnownRuns(...readAnew: readonly [readonly Run[], readonly Run[], readonly Run[]]): readonly Run[] {
  const queryClient = useQueryClient();
  const before = useRef<readonly Run[]>([]);
  return useMemo(() => {
    const read = queryClient.getQueriesData<Page<Run> | InfiniteData<Page<Run>>>({ queryKey: KEYS.runs });
    const lists = read.flatMap(([, data]) => {
      if (data === undefined) return [];
      return 'pages' in data ? data.pages.map(({ items }) => items) : [data.items];
    });
    before.current = knownRuns([before.current, ...lists]).slice(0, MAX_KNOWN);
    return before.current;
  }, [queryClient, ...readAnew]);
}
