import { useMemo, useState } from 'react';
import type { Durations } from '../../api/types.ts';
import { chartWords, outsideWords } from '../../model/duration-words.ts';
import { histogramOf, placeOf } from '../../model/histogram.ts';
import styles from './durations-chart.module.css';
import { DurationsDrawing } from './durations-drawing.tsx';
import { LooksLane } from './looks-lane.tsx';

/** Runs by how long they took, and the planned looks below them; a look is told on hover and on focus. */
export function DurationsChart({ known }: { readonly known: Durations }) {
  const { durationsMs, plannedLooksMs } = known;
  const histogram = useMemo(() => histogramOf(durationsMs), [durationsMs]);
  const [active, setActive] = useState<number>();
  if (histogram === undefined) return null;
  const looks = plannedLooksMs.map((ms, index) => ({ ms, index, place: placeOf(histogram, ms) }));
  const shown = looks.filter(({ place }) => place >= 0 && place <= 1);
  const outside = outsideWords(
    histogram,
    looks.filter(({ place }) => place < 0).length,
    looks.filter(({ place }) => place > 1).length,
  );
  return (
    <figure className={styles.figure}>
      <div className={styles.stage}>
        <DurationsDrawing histogram={histogram} known={known} looks={shown} active={active} label={chartWords(known)} />
        <LooksLane looks={shown} count={looks.length} durationsMs={durationsMs} active={active} onActive={setActive} />
      </div>
      <figcaption className={styles.legend}>
        <span className={styles.bars}>runs that ended</span>
        <span className={styles.band}>nine of ten</span>
        <span className={styles.looks}>planned looks</span>
        {histogram.isLogarithmic && <span>equal distances are equal factors</span>}
        {outside !== undefined && <span>{outside}</span>}
      </figcaption>
    </figure>
  );
}
