import type { ReactNode } from 'react';
import styles from '../../ui/button.module.css';

/** Leads out of the page, in a tab of its own; nobody there learns where it came from. */
export function ExternalLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className={`${styles.button} ${styles.plain}`}>
      {children}
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d="M4.5 2H2v8h8V7.5M7 1.5h3.5V5M10 2 5.5 6.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
      </svg>
      <span className="spoken">(in a new tab)</span>
    </a>
  );
}
