import { filterWords } from '../../model/filter-words.ts';
import type { RunFilters } from '../../model/run-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Loading } from '../../ui/loading.tsx';
import { STATUS_LOOKS } from '../../ui/status-badge.tsx';
import styles from './runs-page.module.css';

interface NoMatchProps {
  readonly filters: RunFilters;
  readonly isAsking: boolean;
  readonly onReset: () => void;
}

/** Says by what was looked for, so that a filter set long ago is not taken for an empty system. */
export function NoMatch({ filters, isAsking, onReset }: NoMatchProps) {
  if (isAsking) return <Loading label="Looking for runs that match" />;
  return (
    <Empty title="No run matches">
      <ul className={styles.asked}>
        {filterWords(filters, (status) => STATUS_LOOKS[status].label).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      {filters.q !== undefined && (
        <p>Of older runs, only a whole business key or a whole remote id is found, spelled exactly.</p>
      )}
      <Button onClick={onReset}>Show all runs</Button>
    </Empty>
  );
}
