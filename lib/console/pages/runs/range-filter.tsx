import { useState } from 'react';
import { dayOf, isRange, type Range } from '../../model/date-range.ts';
import styles from './filter-bar.module.css';
import type { Filters } from './use-filters.ts';

const LABELS: Readonly<Record<Range, string>> = { today: 'Today', '7d': 'Last 7 days', '30d': 'Last 30 days' };

/** When runs were accepted: as far back as a word says, or from one day to another. */
export function RangeFilter({ filters: { from, to }, change }: Omit<Filters, 'reset'>) {
  const [isCustom, setCustom] = useState(false);
  const isOfDays = to !== undefined || (from !== undefined && !isRange(from));
  const shown = isCustom || isOfDays ? 'custom' : (from ?? '');
  const choose = (value: string) => {
    setCustom(value === 'custom');
    change(value === 'custom' ? { from: dayOf(from, Date.now()), to } : { from: value, to: undefined });
  };
  return (
    <>
      <select
        className={styles.select}
        aria-label="When accepted"
        value={shown}
        onChange={({ target }) => choose(target.value)}
      >
        <option value="">Any time</option>
        {Object.entries(LABELS).map(([range, label]) => (
          <option key={range} value={range}>
            {label}
          </option>
        ))}
        <option value="custom">From … to …</option>
      </select>
      {shown === 'custom' && (
        <span className={styles.days}>
          <Day label="From" value={from} onChange={(day) => change({ from: day })} />
          <Day label="To" value={to} onChange={(day) => change({ to: day })} />
        </span>
      )}
    </>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
}

function Day({ label, value, onChange }: DayProps) {
  return (
    <label className={styles.day}>
      <span>{label}</span>
      <input
        type="date"
        className={styles.select}
        value={dayOf(value, Date.now())}
        onChange={({ target }) => onChange(target.value || undefined)}
      />
    </label>
  );
}
