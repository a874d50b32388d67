import { type ReactNode, useId } from 'react';
import styles from './card.module.css';
import { Guard } from './guard.tsx';

export interface CardProps {
  readonly title?: ReactNode;
  /** Right of the title: buttons, counts. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Without room around the content, for tables and drawings. */
  readonly flush?: boolean;
}

/** A part of a page with a heading of its own. */
export function Card({ title, actions, children, flush = false }: CardProps) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={title === undefined ? undefined : id}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.header}>
          {title !== undefined && <h2 id={id}>{title}</h2>}
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      <div className={flush ? undefined : styles.body}>
        <Guard>{children}</Guard>
      </div>
    </section>
  );
}
