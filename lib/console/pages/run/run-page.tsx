import { ApiError } from '../../api/client.ts';
import { useRun, useTimeline } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import { ButtonLink } from '../../ui/button-link.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { AttemptsCard } from './attempts-card.tsx';
import { ErrorCard } from './error-card.tsx';
import { FactsCard } from './facts-card.tsx';
import { FalloutCard } from './fallout-card.tsx';
import { MachineCard } from './machine-card.tsx';
import { OutputCard } from './output-card.tsx';
import { ParametersCard } from './parameters-card.tsx';
import { RunHeader } from './run-header.tsx';
import { RunHeadline } from './run-headline.tsx';
import styles from './run-page.module.css';
import { TimelineCard } from './timeline-card.tsx';
import { WaitingCard } from './waiting-card.tsx';

/** One run: what is happening with it, how it came to that, what it brought back. */
export function RunPage({ runId }: { readonly runId: string }) {
  const { data: run, error, refetch } = useRun(runId);
  if (run !== undefined)
    return (
      <>
        {error !== null && <ErrorNote error={error} title="What is shown may be out of date." />}
        <RunView run={run} />
      </>
    );
  return (
    <>
      <PageHeader title="Run" subtitle={<code>{runId}</code>} />
      {error === null ? <Loading label="Loading the run" /> : <Refused error={error} onRetry={() => void refetch()} />}
    </>
  );
}

function RunView({ run }: { readonly run: Run }) {
  const timeline = useTimeline(run);
  const events = timeline.data;
  return (
    <>
      <RunHeader run={run} />
      <RunHeadline run={run} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <WaitingCard run={run} />
          <FalloutCard run={run} />
          <ErrorCard error={run.error} />
          <OutputCard run={run} />
          <MachineCard run={run} events={events} />
          <TimelineCard run={run} events={events} error={timeline.error} />
        </div>
        <div className={styles.side}>
          <FactsCard run={run} events={events} />
          <ParametersCard parameters={run.parameters} />
          <AttemptsCard run={run} />
        </div>
      </div>
    </>
  );
}

function Refused({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const isUnknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  if (!isUnknown) return <ErrorNote error={error} title="The run could not be read." onRetry={onRetry} />;
  return (
    <Empty title="There is no such run">
      <p>
        Its id may have a typing mistake, or it has ended so long ago that it is forgotten. Or this key may not see runs
        of its flow.
      </p>
      <p className={styles.ways}>
        <ButtonLink href="/runs">All runs</ButtonLink>
      </p>
    </Empty>
  );
}
