import { Link } from 'wouter';
import { formatDuration } from '../../../domain/duration.ts';
import type { Connection, Flow } from '../../api/types.ts';
import { cronWords } from '../../model/cron-words.ts';
import { platformName } from '../../model/platform-names.ts';
import { countWords } from '../../model/word-list.ts';
import { ButtonLink } from '../../ui/button-link.tsx';
import { HealthBadge } from '../../ui/health-badge.tsx';
import { Instant } from '../../ui/instant.tsx';
import styles from './flows-page.module.css';

export interface FlowsTableProps {
  readonly flows: readonly Flow[];
  readonly connections: readonly Connection[];
}

export function FlowsTable({ flows, connections }: FlowsTableProps) {
  const states = new Map(connections.map(({ id, state }) => [id, state]));
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Flow</th>
          <th scope="col">Runs on</th>
          <th scope="col">Usually takes</th>
          <th scope="col">Schedule</th>
          <th scope="col">
            <span className="spoken">Start</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {flows.map((flow) => (
          <FlowRow key={flow.id} flow={flow} state={states.get(flow.connection)} />
        ))}
      </tbody>
    </table>
  );
}

function FlowRow({ flow, state }: { readonly flow: Flow; readonly state: Connection['state'] | undefined }) {
  const path = `/flows/${encodeURIComponent(flow.id)}`;
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Link href={path}>{flow.id}</Link>
        {flow.description !== undefined && <p>{flow.description}</p>}
      </th>
      <td className={styles.on} data-label="Runs on">
        <span className={styles.connection}>
          {flow.connection}
          {state !== undefined && <HealthBadge state={state} />}
        </span>
        <p className={styles.soft}>{platformName(flow.provider)}</p>
      </td>
      <td data-label="Usually takes">
        <Usually flow={flow} />
      </td>
      <td className={flow.schedule === undefined ? styles.none : undefined} data-label="Schedule">
        <Schedule schedule={flow.schedule} />
      </td>
      <td className={styles.start}>
        <ButtonLink href={`${path}#start`} label={`Start ${flow.id}`}>
          Start
        </ButtonLink>
      </td>
    </tr>
  );
}

function Usually({ flow: { duration, looks } }: { readonly flow: Flow }) {
  const { p05Ms, p50Ms, p95Ms, runs } = duration;
  if (looks?.historyBy !== undefined) return <span className={styles.soft}>Depends on {looks.historyBy}</span>;
  if (p50Ms === undefined || p95Ms === undefined) return <span className={styles.soft}>Not known yet</span>;
  const spread =
    p05Ms === undefined ? `within ${formatDuration(p95Ms)}` : `${formatDuration(p05Ms)} to ${formatDuration(p95Ms)}`;
  const learnt = runs === undefined ? '' : `; learnt from ${countWords(runs, 'run')}`;
  return (
    <div title={`Half of the runs end within ${formatDuration(p50Ms)}, most ${spread}${learnt}`}>
      <strong>{formatDuration(p50Ms)}</strong>
      <p className={styles.soft}>most {spread}</p>
    </div>
  );
}

function Schedule({ schedule }: { readonly schedule: Flow['schedule'] }) {
  if (schedule === undefined) return <span className={styles.soft}>None</span>;
  const { cron, timezone, nextAt } = schedule;
  return (
    <>
      {nextAt === undefined ? 'Never again' : <Instant at={nextAt} as="ago" />}
      <p className={styles.soft} title={`${cron} (${timezone})`}>
        {cronWords(cron)}
      </p>
    </>
  );
}
