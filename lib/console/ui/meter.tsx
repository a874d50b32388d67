import styles from './meter.module.css';

export interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly limit: number;
  /** Beside the number: what more there is to say of it. */
  readonly note?: string | undefined;
}

/** How much of a limit is in use. */
export function Meter({ label, value, limit, note }: MeterProps) {
  return (
    <div className={styles.meter}>
      <div className={styles.words}>
        <span className={styles.label}>{label}</span>
        <span>
          <strong>{value}</strong> of {limit}
          {note !== undefined && ` · ${note}`}
        </span>
      </div>
      <meter
        className={`${styles.bar} ${value >= limit ? styles.full : ''}`}
        aria-label={label}
        max={limit}
        value={value}
      />
    </div>
  );
}
