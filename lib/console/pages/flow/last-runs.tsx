import { Link } from 'wouter';
import { RUNS_PER_PAGE, useRuns } from '../../api/queries.ts';
import type { Flow, Run } from '../../api/types.ts';
import { outcomesOf } from '../../model/outcomes.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Instant } from '../../ui/instant.tsx';
import { Loading } from '../../ui/loading.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useNow } from '../../ui/use-now.ts';
import { UsualBar } from '../../ui/usual-bar.tsx';
import styles from './last-runs.module.css';
import { OutcomesBar } from './outcomes-bar.tsx';

const LISTED = 10;

/** How its newest runs ended, and the very newest by name. */
export function LastRuns({ flow }: { readonly flow: Flow }) {
  const query = useRuns({ statuses: [], flow: flow.id });
  const runs = query.runs.slice(0, RUNS_PER_PAGE);
  const all = `/runs?flow=${encodeURIComponent(flow.id)}`;
  return (
    <Card title="Last runs" actions={<Link href={all}>All its runs</Link>} flush>
      {query.error !== null && (
        <div className={styles.part}>
          <ErrorNote error={query.error} title="The runs could not be read." onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <Loading label="Loading the runs" />}
      {!query.isPending && query.error === null && runs.length === 0 && (
        <Empty title="No run yet">Start the first one with the form on this page.</Empty>
      )}
      {runs.length > 0 && (
        <>
          <div className={styles.part}>
            <OutcomesBar outcomes={outcomesOf(runs.map(({ status }) => status))} flowId={flow.id} />
          </div>
          <ul className={styles.list} aria-label="Newest runs">
            {runs.slice(0, LISTED).map((run) => (
              <RunRow key={run.id} run={run} usual={flow.duration} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function RunRow({ run, usual }: { readonly run: Run; readonly usual: Flow['duration'] }) {
  return (
    <li className={styles.row}>
      <Link href={`/runs/${run.id}`} className={styles.id}>
        {run.businessKey ?? run.id}
      </Link>
      <span className={styles.status}>
        <StatusBadge status={run.status} />
      </span>
      <span className={styles.took}>{run.startedAt !== undefined && <Took run={run} usual={usual} />}</span>
      <span className={styles.when}>
        <Instant at={run.createdAt} as="ago" />
      </span>
    </li>
  );
}

function Took({ run, usual }: { readonly run: Run; readonly usual: Flow['duration'] }) {
  const now = useNow();
  const { p50Ms, p95Ms } = run.duration ?? usual;
  const ms = (run.endedAt === undefined ? now : Date.parse(run.endedAt)) - Date.parse(run.startedAt ?? run.createdAt);
  return (
    <UsualBar ms={Math.max(0, ms)} usual={p50Ms === undefined || p95Ms === undefined ? undefined : { p50Ms, p95Ms }} />
  );
}
