/** What the pages read, kept fresh while they are looked at. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { isTerminal } from '../../domain/status.ts';
import { hasGap, mergeRuns } from '../model/merge-runs.ts';
import { type RunFilters, toApiQuery } from '../model/run-filters.ts';
import { ApiError, callApi } from './client.ts';
import type { Connection, Durations, Flow, Machine, Output, OwnKey, Page, Run, RunEvent } from './types.ts';

const LIST_EVERY_MS = 3_000;
const PAGES_STALE_MS = 60_000;
const RUN_EVERY_MS = 1_500;
/** A run that has ended changes only by a human's decision, or by what the platform says late. */
const ENDED_RUN_EVERY_MS = 15_000;
const CONNECTIONS_EVERY_MS = 4_000;
export const FLOWS_EVERY_MS = 30_000;
export const RUNS_PER_PAGE = 100;

/** Keys of the cache; those who change something name what is stale by them. */
export const KEYS = {
  runs: ['runs'],
  run: (id: string) => ['run', id],
  flows: ['flows'],
  connections: ['connections'],
} as const;

/** Runs, newest first. Only the newest page is asked for again and again, however far somebody has scrolled. */
export function useRuns(filters: RunFilters, { enabled = true }: { readonly enabled?: boolean } = {}) {
  const query = toApiQuery(filters);
  const pages = useInfiniteQuery({
    queryKey: [...KEYS.runs, 'pages', query],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === undefined ? '' : `&cursor=${pageParam}`;
      return callApi<Page<Run>>(`/v1/runs?limit=${RUNS_PER_PAGE}${query}${cursor}`, { signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    // Every page again, one after the other: only when somebody comes to the list anew, or has changed something.
    staleTime: PAGES_STALE_MS,
    refetchOnWindowFocus: false,
    enabled,
  });
  const newest = useQuery({
    queryKey: [...KEYS.runs, 'newest', query],
    queryFn: ({ signal }) => callApi<Page<Run>>(`/v1/runs?limit=${RUNS_PER_PAGE}${query}`, { signal }),
    refetchInterval: LIST_EVERY_MS,
    // It has just been read; the clock for the next time starts there.
    initialData: pages.isPlaceholderData ? undefined : pages.data?.pages[0],
    initialDataUpdatedAt: pages.dataUpdatedAt,
    enabled: enabled && pages.isSuccess && !pages.isPlaceholderData,
  });
  const older = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data]);
  const fresh = newest.data;
  const isGap = fresh !== undefined && hasGap(fresh.items, older);
  const { refetch } = pages;
  useEffect(() => {
    if (isGap) void refetch();
  }, [isGap, refetch]);
  const runs = useMemo(
    () => (fresh === undefined ? older : mergeRuns(fresh.items, older, fresh.nextCursor === undefined)),
    [fresh, older],
  );
  return {
    runs,
    isPending: pages.isPending,
    /** What is shown was asked for by the filters before. */
    isPlaceholder: pages.isPlaceholderData,
    error: newest.error ?? pages.error,
    hasNextPage: pages.hasNextPage,
    isFetchingNextPage: pages.isFetchingNextPage,
    fetchNextPage: pages.fetchNextPage,
    refetch: () => Promise.all([pages.refetch(), newest.refetch()]),
  };
}

const NO_RUNS: readonly Run[] = [];

/** Runs far down a list, kept fresh as the newest are. @param at when the first of them was accepted; undefined for none */
export function useRunsBefore(filters: RunFilters, at: string | undefined): readonly Run[] {
  const to = at === undefined ? undefined : new Date(Date.parse(at) + 1).toISOString();
  const query = toApiQuery({ ...filters, ...(to === undefined ? {} : { to }) });
  const { data } = useQuery({
    queryKey: [...KEYS.runs, 'before', query],
    queryFn: ({ signal }) => callApi<Page<Run>>(`/v1/runs?limit=${RUNS_PER_PAGE}${query}`, { signal }),
    refetchInterval: LIST_EVERY_MS,
    enabled: to !== undefined,
  });
  return data?.items ?? NO_RUNS;
}

export function useRun(id: string) {
  return useQuery({
    queryKey: KEYS.run(id),
    queryFn: ({ signal }) => callApi<Run>(`/v1/runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state: { data, error } }) => {
      // A run that is not there, or not for this key, does not come to be.
      if (data === undefined && error instanceof ApiError && error.isRefusal) return false;
      return data !== undefined && isTerminal(data.status) ? ENDED_RUN_EVERY_MS : RUN_EVERY_MS;
    },
  });
}

/** The whole timeline, oldest first; read again when the run has changed. */
export function useTimeline(run: Run | undefined) {
  return useQuery({
    queryKey: [...KEYS.run(run?.id ?? ''), 'events', run?.updatedAt],
    queryFn: ({ signal }) => wholeTimeline(run?.links.events ?? '', signal),
    enabled: run !== undefined,
    placeholderData: keepPreviousData,
    // A long one, read anew at every look, would fill the memory with what it was.
    gcTime: 0,
  });
}

async function wholeTimeline(path: string, signal: AbortSignal): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Page<RunEvent> = await callApi(`${path}${cursor === '' ? '' : `?cursor=${cursor}`}`, { signal });
    events.push(...page.items);
    cursor = page.nextCursor;
  }
  return events;
}

/** What a run brought back; asked for once it has ended. */
export function useOutput(run: Run | undefined) {
  return useQuery({
    queryKey: [...KEYS.run(run?.id ?? ''), 'output', run?.endedAt],
    queryFn: ({ signal }) => callApi<Output>(run?.links.output ?? '', { signal }),
    enabled: run !== undefined && isTerminal(run.status),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useFlows() {
  return useQuery({
    queryKey: KEYS.flows,
    queryFn: async ({ signal }) => (await callApi<Page<Flow>>('/v1/flows', { signal })).items,
    refetchInterval: FLOWS_EVERY_MS,
    staleTime: FLOWS_EVERY_MS,
  });
}

export function useFlow(id: string) {
  return useQuery({
    queryKey: [...KEYS.flows, id],
    queryFn: ({ signal }) => callApi<Flow>(`/v1/flows/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: FLOWS_EVERY_MS,
  });
}

/** @param value of the parameter on which the duration depends, as JSON, where the flow has one. */
export function useDurations(flowId: string, value?: string) {
  const query = value === undefined ? '' : `?value=${encodeURIComponent(value)}`;
  return useQuery({
    queryKey: [...KEYS.flows, flowId, 'durations', value],
    queryFn: ({ signal }) =>
      callApi<Durations>(`/v1/flows/${encodeURIComponent(flowId)}/durations${query}`, { signal }),
    refetchInterval: FLOWS_EVERY_MS,
  });
}

/** @param everyMs how fresh it has to be; a page that is about something else asks more seldom. */
export function useConnections(everyMs = CONNECTIONS_EVERY_MS) {
  return useQuery({
    queryKey: KEYS.connections,
    queryFn: async ({ signal }) => (await callApi<Page<Connection>>('/v1/connections', { signal })).items,
    refetchInterval: everyMs,
  });
}

/** What the key of this tab may do. */
export function useOwnKey() {
  return useQuery({
    queryKey: ['key'],
    queryFn: ({ signal }) => callApi<OwnKey>('/v1/keys/self', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The state machine as it was deployed; it does not change while the page is open. */
export function useMachine() {
  return useQuery({
    queryKey: ['machine'],
    queryFn: ({ signal }) => callApi<Machine>('/console/workflow.json', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
