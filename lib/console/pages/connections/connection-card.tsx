import { useState } from 'react';
import { Link } from 'wouter';
import type { Connection } from '../../api/types.ts';
import { HEALTH_WORDS, rateWords, requestsWords } from '../../model/connection-words.ts';
import { countWords } from '../../model/word-list.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { HealthBadge } from '../../ui/health-badge.tsx';
import { Meter } from '../../ui/meter.tsx';
import { ConnectionFacts } from './connection-facts.tsx';
import styles from './connections-page.module.css';
import { HealthNote } from './health-note.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { ResumeDialog } from './resume-dialog.tsx';

export interface ConnectionCardProps {
  readonly connection: Connection;
  /** Flows that run there. */
  readonly flowIds: readonly string[];
}

export function ConnectionCard({ connection, flowIds }: ConnectionCardProps) {
  // Kept as it was asked: a pause that has come meanwhile must not turn the question round.
  const [asking, setAsking] = useState<'pause' | 'resume'>();
  const { id, state, paused } = connection;
  const close = () => setAsking(undefined);
  return (
    <Card
      title={
        <span className={styles.title}>
          {id}
          <HealthBadge state={state} />
        </span>
      }
      actions={
        <Button
          onClick={() => setAsking(paused === undefined ? 'pause' : 'resume')}
          aria-label={`${paused === undefined ? 'Pause' : 'Resume'} ${id}`}
        >
          {paused === undefined ? 'Pause' : 'Resume'}
        </Button>
      }
    >
      <div className={styles.content}>
        {state === 'ok' ? (
          <p className={styles.soft}>{HEALTH_WORDS.ok.means}</p>
        ) : (
          <HealthNote connection={connection} />
        )}
        <Load connection={connection} />
        <ConnectionFacts connection={connection} />
        {flowIds.length > 0 && <FlowLinks flowIds={flowIds} />}
      </div>
      <PauseDialog id={id} open={asking === 'pause'} onClose={close} />
      <ResumeDialog id={id} open={asking === 'resume'} onClose={close} />
    </Card>
  );
}

function Load({ connection: { limits, inFlight, queued, requests } }: { readonly connection: Connection }) {
  if (limits.inFlight === undefined && limits.requestsPerSecond === undefined && requests === undefined)
    return <p className={styles.soft}>No limits are set: any number of runs and requests at once.</p>;
  return (
    <div className={styles.load}>
      {limits.inFlight !== undefined && (
        <Meter
          label="Runs in flight"
          value={inFlight ?? 0}
          limit={limits.inFlight}
          note={queued === undefined ? undefined : `${countWords(queued, 'run')} in line`}
        />
      )}
      {limits.requestsPerSecond !== undefined && (
        <p className={styles.budget}>
          <span className={styles.soft}>Requests, {rateWords(limits.requestsPerSecond)}</span>
          {requests !== undefined && <span>{requestsWords(requests)}</span>}
        </p>
      )}
    </div>
  );
}

function FlowLinks({ flowIds }: { readonly flowIds: readonly string[] }) {
  return (
    <p className={styles.flows}>
      <span className={styles.soft}>Flows</span>
      {flowIds.map((id) => (
        <Link key={id} href={`/flows/${encodeURIComponent(id)}`}>
          {id}
        </Link>
      ))}
    </p>
  );
}
