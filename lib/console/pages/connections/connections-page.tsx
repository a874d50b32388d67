import { useConnections, useFlows } from '../../api/queries.ts';
import { healthSummary } from '../../model/connection-words.ts';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { ConnectionCard } from './connection-card.tsx';
import styles from './connections-page.module.css';

/** How every platform is, and holding calls back from one. */
export function ConnectionsPage() {
  const connections = useConnections();
  const flows = useFlows();
  const { data, error } = connections;
  return (
    <>
      <PageHeader
        title="Connections"
        subtitle={data === undefined || data.length === 0 ? undefined : healthSummary(data.map(({ state }) => state))}
      />
      <div className={styles.page}>
        {error !== null && (
          <ErrorNote
            error={error}
            title={data === undefined ? 'The connections could not be read.' : 'What is shown may be old.'}
            onRetry={() => void connections.refetch()}
          />
        )}
        {connections.isPending && <Loading label="Loading the connections" />}
        {data?.length === 0 && (
          <Empty title="No connection yet">
            Connections are declared in <code>errand.config.ts</code>; <code>errand init</code> writes the first one.
          </Empty>
        )}
        {data !== undefined && data.length > 0 && (
          <ul className={styles.cards} aria-label="Connections">
            {data.map((connection) => (
              <li key={connection.id}>
                <ConnectionCard
                  connection={connection}
                  flowIds={flows.data?.filter((flow) => flow.connection === connection.id).map(({ id }) => id) ?? []}
                />
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}
