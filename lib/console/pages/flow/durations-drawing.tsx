import { formatDuration } from '../../../domain/duration.ts';
import type { Durations } from '../../api/types.ts';
import { countTicks, type Histogram, placeOf } from '../../model/histogram.ts';
import { countWords } from '../../model/word-list.ts';
import styles from './durations-chart.module.css';
import type { PlacedLook } from './looks-lane.tsx';

const TOP = 34;
const PLOT = 168;
const BASE = TOP + PLOT;
const LANE = 30;
const HEIGHT = BASE + LANE + 20;

const MARKS = [
  ['p05', 'p05Ms', 28, 'end'],
  ['p50', 'p50Ms', 12, 'middle'],
  ['p95', 'p95Ms', 28, 'start'],
] as const;

export interface DurationsDrawingProps {
  readonly histogram: Histogram;
  readonly known: Durations;
  readonly looks: readonly PlacedLook[];
  readonly active: number | undefined;
  readonly label: string;
}

/** As wide as its place: across in per cent, down in pixels, so that letters keep their size. */
export function DurationsDrawing({ histogram, known, looks, active, label }: DurationsDrawingProps) {
  const percent = (ms: number) => `${100 * placeOf(histogram, ms)}%`;
  const { bins, ticksMs } = histogram;
  const counts = countTicks(histogram);
  const most = counts.at(-1) ?? 1;
  const heightOf = (runs: number) => (PLOT * runs) / most;
  return (
    <svg className={styles.drawing} width="100%" height={HEIGHT} role="img" aria-label={label}>
      <Band known={known} percent={percent} />
      <Counts counts={counts} heightOf={heightOf} />
      {bins.map(({ fromMs, toMs, runs }) => (
        <rect
          key={fromMs}
          className={styles.bar}
          x={percent(fromMs)}
          width={`${100 * (placeOf(histogram, toMs) - placeOf(histogram, fromMs))}%`}
          y={BASE - heightOf(runs)}
          height={heightOf(runs)}
        >
          <title>{`${countWords(runs, 'run')} took ${formatDuration(fromMs)} to ${formatDuration(toMs)}`}</title>
        </rect>
      ))}
      <Stems looks={looks} active={active} />
      {MARKS.map(([name, field, y, anchor]) => {
        const ms = known[field];
        return ms === undefined ? null : <Mark key={name} name={name} x={percent(ms)} y={y} anchor={anchor} />;
      })}
      <line className={styles.axis} x1="0" x2="100%" y1={BASE} y2={BASE} />
      {ticksMs.map((ms) => (
        <text key={ms} className={styles.tick} x={percent(ms)} y={HEIGHT - 4}>
          {ms === 0 ? '0' : formatDuration(ms)}
        </text>
      ))}
    </svg>
  );
}

/** From each look to the axis; of the one that is told about, through the bars. */
function Stems({ looks, active }: Pick<DurationsDrawingProps, 'looks' | 'active'>) {
  return looks.map(({ ms, index, place }) => {
    const x = `${100 * place}%`;
    const isActive = index === active;
    return (
      <line
        key={ms}
        className={isActive ? styles.activeStem : styles.stem}
        x1={x}
        x2={x}
        y1={isActive ? TOP : BASE}
        y2={BASE + LANE / 2}
      />
    );
  });
}

interface CountsProps {
  readonly counts: readonly number[];
  readonly heightOf: (runs: number) => number;
}

function Counts({ counts, heightOf }: CountsProps) {
  return counts.map((count) => (
    <g key={count}>
      <line className={styles.grid} x1="0" x2="100%" y1={BASE - heightOf(count)} y2={BASE - heightOf(count)} />
      <text className={styles.count} x="-6" y={BASE - heightOf(count) + 4}>
        {count}
      </text>
    </g>
  ));
}

function Band({ known, percent }: { readonly known: Durations; readonly percent: (ms: number) => string }) {
  const { p05Ms, p95Ms } = known;
  if (p05Ms === undefined || p95Ms === undefined) return null;
  const width = `${Number.parseFloat(percent(p95Ms)) - Number.parseFloat(percent(p05Ms))}%`;
  return <rect className={styles.bandArea} x={percent(p05Ms)} width={width} y={TOP} height={PLOT} />;
}

interface MarkProps {
  readonly name: string;
  readonly x: string;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

function Mark({ name, x, y, anchor }: MarkProps) {
  return (
    <>
      <line className={styles.mark} x1={x} x2={x} y1={y + 4} y2={BASE} />
      <text className={styles.markName} x={x} y={y} textAnchor={anchor}>
        {name}
      </text>
    </>
  );
}
