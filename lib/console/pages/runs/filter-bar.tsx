import { useState } from 'react';
import type { Flow, Run } from '../../api/types.ts';
import { hasFilters } from '../../model/run-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import styles from './filter-bar.module.css';
import { FlowFilter } from './flow-filter.tsx';
import { RangeFilter } from './range-filter.tsx';
import { SearchField } from './search-field.tsx';
import { StatusFilter } from './status-filter.tsx';
import { TextFilters } from './text-filters.tsx';
import type { Filters } from './use-filters.ts';

export interface FilterBarProps extends Filters {
  readonly flows: readonly Flow[] | undefined;
  readonly counted: readonly Run[];
}

/** What is shown and what not. On narrow screens only the search, until the rest is asked for. */
export function FilterBar({ filters, change, reset, flows, counted }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const isFiltered = hasFilters(filters);
  return (
    <search className={styles.bar} data-open={isOpen || undefined} aria-label="Filters">
      <div className={styles.fields}>
        <SearchField filters={filters} change={change} />
        <Button className={styles.opener} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isFiltered ? 'Filters · on' : 'Filters'}
        </Button>
        <div className={styles.more}>
          <FlowFilter filters={filters} change={change} flows={flows} />
          <RangeFilter filters={filters} change={change} />
        </div>
        <div className={styles.end}>
          {isFiltered && (
            <Button kind="quiet" onClick={reset}>
              Reset
            </Button>
          )}
          <Copy text={window.location.href} label="Copy link to this view" words="Copy link" />
        </div>
      </div>
      <TextFilters filters={filters} change={change} />
      <StatusFilter filters={filters} change={change} counted={counted} />
    </search>
  );
}
