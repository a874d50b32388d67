import { useMemo } from 'react';
import type { Status } from '../../../domain/status.ts';
import type { Run } from '../../api/types.ts';
import { countByStatus, pressedOf, STATUS_GROUPS, type StatusGroup, toggled } from '../../model/status-groups.ts';
import { STATUS_LOOKS } from '../../ui/status-badge.tsx';
import styles from './status-filter.module.css';
import type { Filters } from './use-filters.ts';

interface StatusFilterProps extends Omit<Filters, 'reset'> {
  readonly counted: readonly Run[];
}

/** Statuses to be switched on, single or by the group; none is all. Counts are of the runs that have been read. */
export function StatusFilter({ filters: { statuses }, change, counted }: StatusFilterProps) {
  const counts = useMemo(() => countByStatus(counted), [counted]);
  const toggle = (which: readonly Status[]) => change({ statuses: toggled(statuses, which) });
  return (
    <div className={styles.groups}>
      {STATUS_GROUPS.map((group) => (
        <Group key={group.name} group={group} chosen={statuses} counts={counts} onToggle={toggle} />
      ))}
    </div>
  );
}

interface GroupProps {
  readonly group: StatusGroup;
  readonly chosen: readonly Status[];
  readonly counts: ReadonlyMap<Status, number>;
  readonly onToggle: (statuses: readonly Status[]) => void;
}

function Group({ group, chosen, counts, onToggle }: GroupProps) {
  const { name, statuses } = group;
  const total = statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  return (
    <fieldset className={styles.group}>
      <legend className="spoken">{name}</legend>
      <button
        type="button"
        className={styles.all}
        aria-pressed={pressedOf(group, chosen)}
        onClick={() => onToggle(statuses)}
      >
        {name} <Count of={total} />
      </button>
      <span className={styles.chips}>
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            className={`${styles.chip} ${styles[STATUS_LOOKS[status].tone]}`}
            aria-pressed={chosen.includes(status)}
            onClick={() => onToggle([status])}
          >
            {STATUS_LOOKS[status].label} <Count of={counts.get(status) ?? 0} />
          </button>
        ))}
      </span>
    </fieldset>
  );
}

function Count({ of }: { readonly of: number }) {
  return (
    <span className={styles.count} data-none={of === 0 || undefined}>
      {of}
    </span>
  );
}
