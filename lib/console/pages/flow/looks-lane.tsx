import { type KeyboardEvent, useRef } from 'react';
import { formatDuration } from '../../../domain/duration.ts';
import { endedBy } from '../../model/histogram.ts';
import styles from './durations-chart.module.css';

export interface PlacedLook {
  readonly ms: number;
  /** Its number in the plan, from 0 on. */
  readonly index: number;
  /** On the axis, from 0 to 1. */
  readonly place: number;
}

export interface LooksLaneProps {
  readonly looks: readonly PlacedLook[];
  /** Of the whole plan. */
  readonly count: number;
  readonly durationsMs: readonly number[];
  readonly active: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

const STEPS: Readonly<Record<string, (place: number, last: number) => number>> = {
  ArrowLeft: (place) => Math.max(place - 1, 0),
  ArrowRight: (place, last) => Math.min(place + 1, last),
  Home: () => 0,
  End: (_, last) => last,
};

/** The planned looks as one stop for the keyboard: arrows lead from look to look. */
export function LooksLane({ looks, count, durationsMs, active, onActive }: LooksLaneProps) {
  const lane = useRef<HTMLDivElement>(null);
  const entry = looks.some(({ index }) => index === active) ? active : looks[0]?.index;
  function move(event: KeyboardEvent, place: number): void {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    lane.current?.querySelectorAll('button')[step(place, looks.length - 1)]?.focus();
  }
  if (looks.length === 0) return null;
  return (
    <div ref={lane} role="toolbar" aria-label="Planned looks" className={styles.lane}>
      {looks.map(({ ms, index, place }, order) => {
        const told = { after: formatDuration(ms), percent: endedBy(durationsMs, ms) };
        return (
          <button
            key={ms}
            type="button"
            className={styles.look}
            style={{ left: `${100 * place}%` }}
            tabIndex={index === entry ? 0 : -1}
            aria-label={`Look ${index + 1} of ${count}, after ${told.after}: ${told.percent} % of the runs have ended by then`}
            onFocus={() => onActive(index)}
            onBlur={() => onActive(undefined)}
            onMouseEnter={() => onActive(index)}
            onMouseLeave={() => onActive(undefined)}
            onKeyDown={(event) => move(event, order)}
          >
            {index === active && (
              <Tip place={place} after={told.after} rest={`look ${index + 1} of ${count}`} ended={told.percent} />
            )}
          </button>
        );
      })}
    </div>
  );
}

interface TipProps {
  readonly place: number;
  readonly after: string;
  readonly rest: string;
  readonly ended: number;
}

/** For the eye: the button's name says the same. */
function Tip({ place, after, rest, ended }: TipProps) {
  return (
    <span aria-hidden="true" className={`${styles.tip} ${tipSide(place) ?? ''}`}>
      <strong>{after}</strong> {rest}
      <br />
      {ended} % ended by then
    </span>
  );
}

/** Within the drawing, wherever the look is. */
function tipSide(place: number): string | undefined {
  if (place < 0.2) return styles.tipRight;
  return place > 0.8 ? styles.tipLeft : undefined;
}
