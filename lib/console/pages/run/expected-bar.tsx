import { formatDuration } from '../../../domain/duration.ts';
import styles from './expected-bar.module.css';

export interface ExpectedBarProps {
  /** How long it has been going, or took. */
  readonly ms: number;
  readonly usual: { readonly p50Ms: number; readonly p95Ms: number };
  /** ISO 8601; absent once it has ended. */
  readonly expectedEndAt: string | undefined;
  readonly now: number;
}

/** Room right of what is usual, so that a slow run can be seen to be slow. */
const SCALE = 1.3;

/** The time of a run against what is usual, across the whole width: the run is the bar, p50 to p95 the band. */
export function ExpectedBar({ ms, usual, expectedEndAt, now }: ExpectedBarProps) {
  const leftMs = expectedEndAt === undefined ? undefined : Date.parse(expectedEndAt) - now;
  const label = (
    <div className={styles.label}>
      <strong>{formatDuration(ms)}</strong>
      {leftMs !== undefined && leftMs >= 1_000 && <span>expected to end in {formatDuration(leftMs)}</span>}
      {leftMs === undefined && <span>{verdict(ms, usual)}</span>}
    </div>
  );
  const fullMs = Math.max(usual.p95Ms * SCALE, ms, 1);
  const percent = (value: number) => `${(100 * Math.min(value, fullMs)) / fullMs}%`;
  return (
    <div className={styles.box}>
      {label}
      <div className={styles.track} aria-hidden="true">
        <span
          className={styles.band}
          style={{ left: percent(usual.p50Ms), width: `calc(${percent(usual.p95Ms)} - ${percent(usual.p50Ms)})` }}
        />
        <span className={`${styles.fill} ${isSlow(ms, usual) ? styles.slow : ''}`} style={{ width: percent(ms) }} />
      </div>
      <p className={styles.usual}>
        Half of the runs end within {formatDuration(usual.p50Ms)}, 95 % within {formatDuration(usual.p95Ms)}
      </p>
    </div>
  );
}

/** That a job has ended is noticed a little later; this alone makes no run slow. */
const NOTICED_WITHIN = { share: 0.1, ms: 3_000 } as const;

function isSlow(ms: number, { p95Ms }: ExpectedBarProps['usual']): boolean {
  return ms > p95Ms * (1 + NOTICED_WITHIN.share) + NOTICED_WITHIN.ms;
}

function verdict(ms: number, usual: ExpectedBarProps['usual']): string {
  if (isSlow(ms, usual)) return 'longer than usual';
  return ms <= usual.p50Ms ? 'faster than half of them' : 'as usual';
}
