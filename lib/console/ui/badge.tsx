import type { ReactNode } from 'react';
import styles from './status-badge.module.css';
import type { Tone } from './status-badge.tsx';

export interface BadgeProps {
  readonly tone: Tone;
  /** In more words, on hover. */
  readonly title?: string;
  readonly children: ReactNode;
}

/** A state in a word, with its colour. */
export function Badge({ tone, title, children }: BadgeProps) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`} title={title}>
      {children}
    </span>
  );
}
