import styles from './filter-bar.module.css';
import type { Filters } from './use-filters.ts';

const LABELS = { businessKey: 'Business key', remoteId: 'Remote id' } as const;
const NAMES = ['businessKey', 'remoteId'] as const;

/** What a link has narrowed the list to; there is no other control for it, so it says so and can be taken away. */
export function TextFilters({ filters, change }: Omit<Filters, 'reset'>) {
  const given = NAMES.filter((name) => filters[name] !== undefined);
  if (given.length === 0) return null;
  return (
    <ul className={styles.texts}>
      {given.map((name) => (
        <li key={name}>
          {LABELS[name]}: <strong>{filters[name]}</strong>
          <button type="button" aria-label={`Remove ${LABELS[name]}`} onClick={() => change({ [name]: undefined })}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
