import { Link } from 'wouter';
import type { Run } from '../../api/types.ts';
import { Copy } from '../../ui/copy.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { RunActions } from './run-actions.tsx';
import styles from './run-header.module.css';

/** Which run it is, how it is, and what can be done with it. */
export function RunHeader({ run }: { readonly run: Run }) {
  const { id, flowId, status, remoteStatus, businessKey } = run;
  const name = businessKey === undefined ? flowId : `${flowId} ${businessKey}`;
  return (
    <>
      <nav aria-label="Way back" className={styles.back}>
        <Link href="/runs">Runs</Link>
        <span aria-hidden="true">/</span>
        <Link href={`/flows/${encodeURIComponent(flowId)}`}>{flowId}</Link>
      </nav>
      <PageHeader
        title={name}
        heading={
          <>
            <span>{flowId}</span>
            <StatusBadge status={status} />
            {remoteStatus !== undefined && (
              <span className={styles.remote} title="The platform’s own word">
                <span className="spoken">the platform says </span>“{remoteStatus}”
              </span>
            )}
          </>
        }
        subtitle={
          <span className={styles.ids}>
            {businessKey !== undefined && <strong className={styles.key}>{businessKey}</strong>}
            <code>{id}</code>
            <Copy text={id} label="Copy the run’s id" />
          </span>
        }
        actions={<RunActions run={run} />}
      />
    </>
  );
}
