import { useState } from 'react';
import { useDurations } from '../../api/queries.ts';
import type { Durations, Flow } from '../../api/types.ts';
import { effortWords, planWords, RUNS_TO_SPEAK_OF, unknownWords } from '../../model/duration-words.ts';
import { countWords } from '../../model/word-list.ts';
import { Card } from '../../ui/card.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import styles from './durations-card.module.css';
import { DurationsChart } from './durations-chart.tsx';
import { DurationsTable } from './durations-table.tsx';
import { UsualTiles } from './usual-tiles.tsx';
import { ValueField } from './value-field.tsx';

/** How long its runs take, and when one that starts now would be looked at. */
export function DurationsCard({ flow }: { readonly flow: Flow }) {
  const [value, setValue] = useState<string>();
  const durations = useDurations(flow.id, value);
  const historyBy = flow.looks?.historyBy;
  const { data, error } = durations;
  return (
    <Card
      title="How long runs take"
      actions={data !== undefined && data.runs > 0 && `learnt from ${countWords(data.runs, 'run')}`}
    >
      <div className={styles.content}>
        {historyBy !== undefined && <ValueField flow={flow} name={historyBy} value={value} onChange={setValue} />}
        {data === undefined && error === null && <Loading />}
        {error !== null && (
          <ErrorNote error={error} title="The durations could not be read." onRetry={() => void durations.refetch()} />
        )}
        {data !== undefined && <Known known={data} />}
      </div>
    </Card>
  );
}

function Known({ known }: { readonly known: Durations }) {
  const isUsual = known.durationsMs.length >= RUNS_TO_SPEAK_OF;
  return (
    <>
      {isUsual && <UsualTiles known={known} />}
      {isUsual ? <DurationsChart known={known} /> : <p className={styles.unknown}>{unknownWords(known.durationsMs)}</p>}
      <p>
        {planWords(known.plannedLooksMs)} {effortWords(known)}
      </p>
      {known.durationsMs.length > 0 && <DurationsTable known={known} />}
    </>
  );
}
