import type { ReactNode } from 'react';
import type { Run } from '../../api/types.ts';
import { type Fact, factsOf } from '../../model/fallout-evidence.ts';
import { Copy } from '../../ui/copy.tsx';
import { Instant } from '../../ui/instant.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { STATUS_LOOKS } from '../../ui/status-badge.tsx';
import styles from './fallout-item.module.css';

/** What is known of a run in fallout: of its platform, of its start, and what came late. What stands elsewhere is left out. */
export function Evidence({ run }: { readonly run: Run }) {
  const { connection, remoteId, remoteStatus, orphans, lateVerdict, fallout } = run;
  const facts = factsOf(fallout?.evidence, run);
  return (
    <KeyValues
      items={[
        ['Connection', connection],
        ['Job', remoteId === undefined ? undefined : <Id key="job" text={remoteId} />],
        ['Its last word', remoteStatus],
        ['Accepted late as', orphans?.map((orphan) => <Id key={orphan} text={orphan} />)],
        ['Said later', lateVerdict && STATUS_LOOKS[lateVerdict.status].label],
        ...facts.map((fact): [string, ReactNode] => [fact.name, <Value key={fact.name} fact={fact} />]),
      ]}
    />
  );
}

function Value({ fact: { kind, name, value } }: { readonly fact: Fact }) {
  if (kind === 'instant') return <Instant at={value} />;
  return kind === 'id' ? <Id text={value} label={`Copy ${name.toLowerCase()}`} /> : value;
}

function Id({ text, label = 'Copy the id of the job' }: { readonly text: string; readonly label?: string }) {
  return (
    <span className={styles.id}>
      <code>{text}</code>
      <Copy text={text} label={label} />
    </span>
  );
}
