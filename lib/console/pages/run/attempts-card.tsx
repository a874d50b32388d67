import { Link } from 'wouter';
import { formatDuration } from '../../../domain/duration.ts';
import { useRun } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Instant } from '../../ui/instant.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import styles from './attempts-card.module.css';

type Past = NonNullable<Run['attempts']>[number];

/** Where this run comes from: the runs that it repeats, and its own attempts. Nothing where there is only one of all. */
export function AttemptsCard({ run }: { readonly run: Run }) {
  const { rerunOf, attempt, maxAttempts, attempts = [] } = run;
  if (rerunOf === undefined && attempts.length === 0 && maxAttempts === 1) return null;
  return (
    <Card
      title="Lineage"
      actions={
        <span>
          attempt {attempt} of {maxAttempts}
        </span>
      }
    >
      <ol className={styles.list}>
        {rerunOf !== undefined && <Ancestor id={rerunOf} left={MAX_ANCESTORS} />}
        {attempts.map((past) => (
          <PastAttempt key={past.attempt} past={past} />
        ))}
        <li className={styles.item} aria-current="step">
          <div className={styles.head}>
            <strong>Attempt {attempt}</strong>
            <StatusBadge status={run.status} />
          </div>
          {run.remoteId !== undefined && <code className={styles.soft}>{run.remoteId}</code>}
        </li>
      </ol>
    </Card>
  );
}

function PastAttempt({ past: { attempt, status, remoteId, startedAt, endedAt, error } }: { readonly past: Past }) {
  const tookMs = startedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(startedAt);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <strong>Attempt {attempt}</strong>
        <StatusBadge status={status} />
      </div>
      <span className={styles.soft}>
        ended <Instant at={endedAt} />
        {tookMs !== undefined && ` after ${formatDuration(tookMs)}`}
        {error !== undefined && (
          <>
            : <code>{error}</code>
          </>
        )}
      </span>
      {remoteId !== undefined && <code className={styles.soft}>{remoteId}</code>}
    </li>
  );
}

/** A chain may be long; the rest is found by going there. */
const MAX_ANCESTORS = 4;

function Ancestor({ id, left }: { readonly id: string; readonly left: number }) {
  const { data: run } = useRun(id);
  return (
    <>
      {run?.rerunOf !== undefined && left > 1 && <Ancestor id={run.rerunOf} left={left - 1} />}
      <li className={styles.item}>
        <div className={styles.head}>
          <Link href={`/runs/${id}`} aria-label={`Run ${id}`}>{`…${id.slice(-8)}`}</Link>
          {run !== undefined && <StatusBadge status={run.status} />}
        </div>
        <span className={styles.soft}>
          the run that this repeats
          {run !== undefined && (
            <>
              , <Instant at={run.createdAt} />
            </>
          )}
        </span>
      </li>
    </>
  );
}
