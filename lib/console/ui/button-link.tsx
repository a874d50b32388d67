import type { ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './button.module.css';

export interface ButtonLinkProps {
  readonly href: string;
  /** @default 'plain' */
  readonly kind?: 'primary' | 'plain' | 'quiet';
  /** Where the words alone do not say what it leads to. */
  readonly label?: string;
  readonly children: ReactNode;
}

/** Leads somewhere, and looks as if it did something. */
export function ButtonLink({ href, kind = 'plain', label, children }: ButtonLinkProps) {
  return (
    <Link href={href} aria-label={label} className={`${styles.button} ${styles[kind]}`}>
      {children}
    </Link>
  );
}
