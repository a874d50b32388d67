import { formatDuration } from '../../../domain/duration.ts';
import type { Durations } from '../../api/types.ts';
import { endedBy, histogramOf } from '../../model/histogram.ts';
import styles from './durations-card.module.css';

/** What the drawing shows, for those who would rather read it. */
export function DurationsTable({ known: { durationsMs, plannedLooksMs } }: { readonly known: Durations }) {
  const histogram = histogramOf(durationsMs);
  const bins = histogram?.bins.filter(({ runs }) => runs > 0) ?? [];
  const rows = bins.map(({ fromMs, toMs, runs }) => [`${words(fromMs)} to ${words(toMs)}`, String(runs)] as const);
  const beyond = histogram === undefined || histogram.beyond === 0 ? [] : [beyondRow(histogram)];
  const looks = plannedLooksMs.map((ms) => [formatDuration(ms), `${endedBy(durationsMs, ms)} %`] as const);
  return (
    <details className={styles.details}>
      <summary>The same as tables</summary>
      <div className={styles.tables}>
        <Table caption="Durations" heads={['Took', 'Runs']} rows={[...rows, ...beyond]} />
        {looks.length > 0 && <Table caption="Planned looks" heads={['After', 'Ended by then']} rows={looks} />}
      </div>
    </details>
  );
}

function words(ms: number): string {
  return ms === 0 ? '0' : formatDuration(ms);
}

function beyondRow({ toMs, beyond }: { readonly toMs: number; readonly beyond: number }) {
  return [`more than ${formatDuration(toMs)}`, String(beyond)] as const;
}

interface TableProps {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly [name: string, value: string])[];
}

function Table({ caption, heads, rows }: TableProps) {
  return (
    <table className={styles.table}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
