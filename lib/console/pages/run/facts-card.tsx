import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { runCost } from '../../../domain/run-cost.ts';
import type { Run, RunEvent } from '../../api/types.ts';
import { platformName } from '../../model/platform-names.ts';
import { toSearch } from '../../model/run-filters.ts';
import { centsWords, TRIGGER_WORDS } from '../../model/run-words.ts';
import { countWords } from '../../model/word-list.ts';
import { Card } from '../../ui/card.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Instant } from '../../ui/instant.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import styles from './facts-card.module.css';

interface FactsCardProps {
  readonly run: Run;
  readonly events: readonly RunEvent[] | undefined;
}

/** Everything else that is known of the run. */
export function FactsCard({ run, events }: FactsCardProps) {
  const { connection, provider, remoteId, businessKey, trigger, looks, cancel, lateVerdict, orphans } = run;
  return (
    <Card title="Facts">
      <KeyValues
        items={[
          ['Platform', platformName(provider)],
          [
            'Connection',
            <Link key="connection" href="/connections">
              {connection}
            </Link>,
          ],
          ['Job there', remoteId && <Id text={remoteId} label="Copy the platform’s id" />],
          ['Business key', businessKey && <ByBusinessKey businessKey={businessKey} />],
          ['Tags', run.tags && <Tags tags={run.tags} />],
          ['Begun by', TRIGGER_WORDS[trigger] ?? trigger],
          ['Accepted', <Instant key="accepted" at={run.createdAt} />],
          ['Started', run.startedAt && <Instant at={run.startedAt} />],
          ['Ended', run.endedAt && <Instant at={run.endedAt} />],
          ['Deadline', <Deadline key="deadline" run={run} />],
          ['Looks', String(looks)],
          ['Error', run.error && <code>{run.error.code}</code>],
          ['Cost', events && <Cost run={run} events={events} />],
          ['Cancel', cancel && <Canceled cancel={cancel} />],
          ['Said late', lateVerdict && <Late lateVerdict={lateVerdict} />],
          ['Left there', orphans && <Orphans orphans={orphans} />],
        ]}
      />
    </Card>
  );
}

function Id({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className={styles.id}>
      <code>{text}</code>
      <Copy text={text} label={label} />
    </span>
  );
}

function ByBusinessKey({ businessKey }: { readonly businessKey: string }) {
  return (
    <Link href={`/runs?${toSearch({ statuses: [], businessKey })}`} title="All runs with this key">
      {businessKey}
    </Link>
  );
}

function Tags({ tags }: { readonly tags: Readonly<Record<string, string>> }): ReactNode {
  return (
    <ul>
      {Object.entries(tags).map(([name, value]) => (
        <li key={name}>
          <span className={styles.soft}>{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

function Deadline({ run: { deadline, endedAt } }: { readonly run: Run }) {
  return (
    <>
      <Instant at={deadline} />
      {endedAt === undefined && (
        <span className={styles.soft}>
          {' '}
          (<Instant at={deadline} as="ago" />)
        </span>
      )}
    </>
  );
}

function Cost({ run, events }: { readonly run: Run; readonly events: readonly RunEvent[] }) {
  const { dollars, transitions } = runCost(run, events);
  return (
    <>
      about {centsWords(dollars)}
      <span className={styles.note}>
        {countWords(transitions, 'transition')}; an estimate at list prices, without what the platform takes
      </span>
    </>
  );
}

const CANCEL_WORDS = {
  confirmed: 'the platform confirmed that it stopped the job',
  unconfirmed: 'the platform did not confirm it: the job may still be running',
  unsupported: 'the platform has no way to cancel: the job may still be running',
} as const;

function Canceled({ cancel: { requestedAt, remote } }: { readonly cancel: NonNullable<Run['cancel']> }) {
  return (
    <>
      asked for <Instant at={requestedAt} />
      <span className={styles.note}>{remote === undefined ? 'the platform is told next' : CANCEL_WORDS[remote]}</span>
    </>
  );
}

function Late({ lateVerdict: { status, error } }: { readonly lateVerdict: NonNullable<Run['lateVerdict']> }) {
  return (
    <>
      <StatusBadge status={status} />
      <span className={styles.note}>
        {error?.message ?? 'The platform said so after this run had been judged; it changes nothing any more.'}
      </span>
    </>
  );
}

function Orphans({ orphans }: { readonly orphans: readonly string[] }) {
  return (
    <>
      {orphans.map((orphan) => (
        <Id key={orphan} text={orphan} label={`Copy ${orphan}`} />
      ))}
      <span className={styles.note}>Jobs whose start was answered too late: somebody should look at them there.</span>
    </>
  );
}
