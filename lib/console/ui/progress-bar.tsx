import styles from './progress-bar.module.css';

export interface ProgressBarProps {
  /** From 0 to 100. */
  readonly percentage: number;
  /** What advances, for readers that speak the page. */
  readonly label: string;
}

export function ProgressBar({ percentage, label }: ProgressBarProps) {
  return <progress className={styles.bar} max={100} value={percentage} aria-label={label} />;
}
