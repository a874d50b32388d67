import { type ReactNode, useEffect } from 'react';
import styles from './page-header.module.css';

export interface PageHeaderProps {
  readonly title: string;
  /** What the heading shows where it is more than the title: a badge beside it. */
  readonly heading?: ReactNode;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
}

/** The one main heading of a page; the window is named after it. */
export function PageHeader({ title, heading, subtitle, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Errand`;
  }, [title]);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        <h1>{heading ?? title}</h1>
        {subtitle !== undefined && <div className={styles.subtitle}>{subtitle}</div>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}
