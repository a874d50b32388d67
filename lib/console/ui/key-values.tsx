import { Fragment, type ReactNode } from 'react';
import styles from './key-values.module.css';

export interface KeyValuesProps {
  /** What is undefined is left out. */
  readonly items: readonly (readonly [name: string, value: ReactNode | undefined])[];
}

/** Facts with their names. */
export function KeyValues({ items }: KeyValuesProps) {
  return (
    <dl className={styles.list}>
      {items
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
