import { formatDuration } from '../../domain/duration.ts';
import styles from './usual-bar.module.css';

export interface UsualBarProps {
  /** How long it took, or has been going. */
  readonly ms: number;
  /** Half of the runs of its flow end before the one, nineteen of twenty before the other. Absent: not known yet. */
  readonly usual?: { readonly p50Ms: number; readonly p95Ms: number } | undefined;
}

/** Room right of p95, so that a slow run can be seen to be slow. */
const SCALE = 1.4;

/** A duration against what is usual: the bar is the run, the band reaches from p50 to p95. */
export function UsualBar({ ms, usual }: UsualBarProps) {
  const words = formatDuration(ms);
  if (usual === undefined) return <span className={styles.words}>{words}</span>;
  const fullMs = Math.max(usual.p95Ms * SCALE, 1);
  const percent = (value: number) => `${Math.min(100, (100 * value) / fullMs)}%`;
  const isSlow = ms > usual.p95Ms;
  const told = `half end within ${formatDuration(usual.p50Ms)}, nineteen of twenty within ${formatDuration(usual.p95Ms)}`;
  return (
    <span className={styles.usual} title={`${words}; ${told}`}>
      <span className={styles.words}>{words}</span>
      <span className={styles.track} aria-hidden="true">
        <span
          className={styles.band}
          style={{ left: percent(usual.p50Ms), right: `calc(100% - ${percent(usual.p95Ms)})` }}
        />
        <span className={`${styles.fill} ${isSlow ? styles.slow : ''}`} style={{ width: percent(ms) }} />
      </span>
      <span className="spoken">{isSlow ? `longer than usual: ${told}` : told}</span>
    </span>
  );
}
