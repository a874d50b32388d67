import { memo, useId } from 'react';
import { Link } from 'wouter';
import type { Run } from '../../api/types.ts';
import { FALLOUT_WORDS } from '../../model/fallout-words.ts';
import { safeUrl } from '../../model/run-words.ts';
import { Button } from '../../ui/button.tsx';
import { Instant } from '../../ui/instant.tsx';
import { Evidence } from './evidence.tsx';
import styles from './fallout-item.module.css';

interface FalloutItemProps {
  readonly run: Run;
  readonly onDecide: (run: Run) => void;
}

/** One run of the inbox: what has happened, what is known, what to look at first. */
export const FalloutItem = memo(function FalloutItem({ run, onDecide }: FalloutItemProps) {
  const { id, flowId, businessKey, error, fallout, links, endedAt, updatedAt } = run;
  const title = useId();
  if (fallout === undefined) return null;
  const words = FALLOUT_WORDS[fallout.reason];
  const browser = safeUrl(links.browser);
  return (
    <li className={styles.item} aria-labelledby={title}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h2 id={title}>{words.title}</h2>
          <p className={styles.which}>
            <Link href={`/runs/${id}`}>{businessKey ?? flowId}</Link>
            {businessKey !== undefined && <span>{flowId}</span>}
            <Instant at={endedAt ?? updatedAt} as="ago" />
            <code title="Reason of the fallout">{fallout.reason}</code>
          </p>
        </div>
        <div className={styles.actions}>
          {browser !== undefined && (
            <a href={browser} target="_blank" rel="noreferrer">
              Open at the platform ↗
            </a>
          )}
          <Button onClick={() => onDecide(run)} aria-describedby={title}>
            Decide
          </Button>
        </div>
      </header>
      <div className={styles.body}>
        <div className={styles.meaning}>
          <p>{words.meaning}</p>
          {error !== undefined && <p className={styles.error}>{error.message}</p>}
          <p>
            <strong>Check first:</strong> {words.check}
          </p>
        </div>
        <Evidence run={run} />
      </div>
    </li>
  );
});
