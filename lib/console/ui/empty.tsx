import type { ReactNode } from 'react';
import styles from './notes.module.css';

/** Where there is nothing: says so, and what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children !== undefined && <div className={styles.body}>{children}</div>}
    </div>
  );
}
