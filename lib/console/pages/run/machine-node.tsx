import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import styles from './machine-drawing.module.css';

export type NodeData = {
  readonly label: string;
  /** Step Functions' word. */
  readonly type: string;
  readonly count: number;
  /** Otherwise it may have been more often. */
  readonly isExact: boolean;
  readonly isCurrent: boolean;
  readonly told: string;
};

/** One state: what it is, whether and how often it was entered, whether it is the present one. */
export function MachineNodeView({ data: { label, type, count, isExact, isCurrent, told } }: NodeProps<Node<NodeData>>) {
  const looks = [styles.node, count > 0 && styles.taken, isCurrent && styles.current, styles[type]];
  return (
    <div className={looks.filter(Boolean).join(' ')} title={told}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <span>{label}</span>
      {count > 1 && (
        <span className={styles.count}>
          {isExact ? '×' : '≥'}
          {count}
        </span>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}
