import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { changed, filtersOf, type RunFilters, toSearch } from '../../model/run-filters.ts';

export type FilterChanges = { readonly [Name in keyof RunFilters]?: RunFilters[Name] | undefined };

export interface Filters {
  readonly filters: RunFilters;
  /** @param changes of some of them; undefined takes one away. */
  readonly change: (changes: FilterChanges) => void;
  readonly reset: () => void;
}

/** The filters as the address has them. Changes replace it: going back leaves the list, whatever was typed. */
export function useFilters(): Filters {
  // As it is in the address: read twice, a key with a per cent sign would become another.
  const search = useSearch();
  const [path, navigate] = useLocation();
  return useMemo(() => {
    const filters = filtersOf(search);
    const show = (wanted: RunFilters) => {
      const words = toSearch(wanted);
      navigate(words === '' ? path : `${path}?${words}`, { replace: true });
    };
    return {
      filters,
      change: (changes) => show(changed(filters, changes)),
      reset: () => show({ statuses: [] }),
    };
  }, [search, path, navigate]);
}
