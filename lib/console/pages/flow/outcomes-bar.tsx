import { Link } from 'wouter';
import { type Outcome, type Outcomes, successWords } from '../../model/outcomes.ts';
import { toSearch } from '../../model/run-filters.ts';
import styles from './outcomes-bar.module.css';

export interface OutcomesBarProps {
  readonly outcomes: Outcomes;
  readonly flowId: string;
}

/** How the runs ended: one bar, and below it what each of its parts is. */
export function OutcomesBar({ outcomes, flowId }: OutcomesBarProps) {
  const { parts, successPercent } = outcomes;
  return (
    <div className={styles.outcomes}>
      <p className={styles.rate}>
        {successPercent !== undefined && <strong>{successPercent} %</strong>} {successWords(outcomes)}
      </p>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ id, label, runs }) => (
          <span key={id} className={styles[id]} style={{ flexGrow: runs }} title={`${label}: ${runs}`} />
        ))}
      </div>
      <ul className={styles.legend} aria-label="By outcome">
        {parts.map((part) => (
          <li key={part.id}>
            <span className={`${styles.mark} ${styles[part.id]}`} aria-hidden="true" />
            <Link href={linkOf(part, flowId)}>{part.label}</Link> {part.runs}
          </li>
        ))}
      </ul>
    </div>
  );
}

function linkOf({ statuses }: Outcome, flow: string): string {
  return `/runs?${toSearch({ statuses, flow })}`;
}
