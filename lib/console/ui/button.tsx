import type { ComponentProps } from 'react';
import styles from './button.module.css';

export interface ButtonProps extends ComponentProps<'button'> {
  /** @default 'plain' */
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  /** What was asked is under way: the button says so and takes no second click. */
  readonly busy?: boolean;
}

export function Button({ kind = 'plain', busy = false, disabled, className, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      className={[styles.button, styles[kind], className].filter(Boolean).join(' ')}
    />
  );
}
