import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Flow } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { RunRow } from './run-row.tsx';
import styles from './runs-table.module.css';
import type { FoundRuns } from './use-found-runs.ts';
import { useKeepPlace } from './use-keep-place.ts';
import { useMedia } from './use-media.ts';
import { useTopOf } from './use-top-of.ts';

const ROW_PX = 46;
const CARD_PX = 66;
const OVERSCAN = 10;
/** So many rows before the end of what is known, more is asked for. */
const AHEAD = 40;

/** In steps of so many rows it is told what is in sight; the newest page and this one hold more. */
const SIGHT_STEP = 50;

const COLUMNS = ['Status', 'Flow', 'Duration', 'Next', 'Started', 'Business key', 'Remote id'];

export interface RunsTableProps {
  readonly found: FoundRuns;
  /** How long runs of each flow take. */
  readonly usual: ReadonlyMap<string, Flow['duration']>;
  /** Changes with what is looked for, so that the place in the list is kept only within one view. */
  readonly view: string;
  /** Told when the first run in sight was accepted, now and then; undefined where that is among the newest. */
  readonly onSight: (acceptedAt: string | undefined) => void;
}

/** A table of which only the rows in sight are drawn. */
export function RunsTable({ found, usual, view, onSight }: RunsTableProps) {
  const { runs, hasMore, complete, more } = found;
  const rowPx = useMedia('(max-width: 760px)') ? CARD_PX : ROW_PX;
  const list = useRef<HTMLTableSectionElement>(null);
  const topPx = useTopOf(list);
  const virtual = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => rowPx,
    getItemKey: (index) => runs[index]?.id ?? index,
    overscan: OVERSCAN,
    scrollMargin: topPx,
  });
  useEffect(() => {
    if (rowPx > 0) virtual.measure();
  }, [virtual, rowPx]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= complete - AHEAD) more();
  }, [hasMore, last, complete, more]);
  const sight = Math.floor((items[0]?.index ?? 0) / SIGHT_STEP) * SIGHT_STEP;
  const sightAt = sight === 0 ? undefined : runs[sight]?.createdAt;
  useEffect(() => onSight(sightAt), [onSight, sightAt]);
  const { arrived, toTop } = useKeepPlace({ runs, rowPx, topPx, view });
  return (
    <>
      <table className={styles.table} aria-label="Runs, newest first" aria-rowcount={hasMore ? -1 : runs.length + 1}>
        <thead className={styles.head}>
          <tr aria-rowindex={1} className={styles.columns}>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={list} className={styles.list} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const run = runs[index];
            if (run === undefined) return null;
            return (
              <RunRow key={key} run={run} index={index} topPx={start - topPx} usualOfFlow={usual.get(run.flowId)} />
            );
          })}
        </tbody>
      </table>
      {arrived > 0 && (
        <Button kind="primary" className={styles.arrived} onClick={toTop}>
          {arrived === 1 ? '1 new run' : `${arrived} new runs`} ↑
        </Button>
      )}
    </>
  );
}
