import { type Edge, type EdgeProps, getBezierPath } from '@xyflow/react';
import { type Point, roundedPath } from '../../model/rounded-path.ts';
import styles from './machine-drawing.module.css';

export type EdgeData = {
  readonly points: readonly Point[];
  readonly kind: string;
  readonly isTaken: boolean;
};

/** One transition, along the way that was laid out for it. */
export function MachineEdgeView({ data, ...ends }: EdgeProps<Edge<EdgeData>>) {
  const points = data?.points ?? [];
  const [straight] = getBezierPath(ends);
  const looks = [styles.edge, data?.kind === 'catch' && styles.catch, data?.isTaken && styles.lit];
  const end = points.at(-1);
  return (
    <g className={looks.filter(Boolean).join(' ')}>
      <path d={points.length < 2 ? straight : roundedPath(points)} fill="none" />
      {end !== undefined && <path d={arrowAt(points.at(-2) ?? end, end)} stroke="none" className={styles.arrow} />}
    </g>
  );
}

const ARROW = { length: 7, halfWidth: 3.5 } as const;

function arrowAt(from: Point, to: Point): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const base = { x: to.x - dx * ARROW.length, y: to.y - dy * ARROW.length };
  const side = { x: -dy * ARROW.halfWidth, y: dx * ARROW.halfWidth };
  return `M${to.x} ${to.y}L${base.x + side.x} ${base.y + side.y}L${base.x - side.x} ${base.y - side.y}Z`;
}
