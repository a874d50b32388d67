import { Link } from 'wouter';
import { ApiError } from '../../api/client.ts';
import { FLOWS_EVERY_MS, useConnections, useFlow } from '../../api/queries.ts';
import type { Flow } from '../../api/types.ts';
import { platformName } from '../../model/platform-names.ts';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { HealthBadge } from '../../ui/health-badge.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { DurationsCard } from './durations-card.tsx';
import { FactsCard } from './facts-card.tsx';
import styles from './flow-page.module.css';
import { LastRuns } from './last-runs.tsx';
import { StartCard } from './start-card.tsx';

/** What is known of one flow, and a form that starts it. */
export function FlowPage({ flowId }: { readonly flowId: string }) {
  const flow = useFlow(flowId);
  if (flow.data !== undefined) return <KnownFlow flow={flow.data} />;
  return (
    <>
      <PageHeader title={flowId} />
      {flow.error === null && <Loading label="Loading the flow" />}
      {flow.error !== null && isAbsent(flow.error) && (
        <Empty title="There is no such flow">
          It may have been renamed, or is not for this key. <Link href="/flows">All flows</Link>
        </Empty>
      )}
      {flow.error !== null && !isAbsent(flow.error) && (
        <ErrorNote error={flow.error} title="The flow could not be read." onRetry={() => void flow.refetch()} />
      )}
    </>
  );
}

function isAbsent(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}

function KnownFlow({ flow }: { readonly flow: Flow }) {
  const connections = useConnections(FLOWS_EVERY_MS);
  const connection = connections.data?.find(({ id }) => id === flow.connection);
  return (
    <>
      <PageHeader
        title={flow.id}
        subtitle={
          <>
            {flow.description !== undefined && <p>{flow.description}</p>}
            <p className={styles.where}>
              {platformName(flow.provider)} · <Link href="/connections">{flow.connection}</Link>
              {connection !== undefined && <HealthBadge state={connection.state} />}
            </p>
          </>
        }
        actions={
          <a href="#start" className={styles.toStart}>
            To the start form
          </a>
        }
      />
      <div className={styles.page}>
        <div className={styles.column}>
          <DurationsCard flow={flow} />
          <LastRuns flow={flow} />
        </div>
        <div className={styles.column}>
          <StartCard flow={flow} connection={connection} />
          <FactsCard flow={flow} />
        </div>
      </div>
    </>
  );
}
