import { useIsMutating, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from 'react';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  /** Escape, or a click beside it. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * Asks before something happens. What is behind it cannot be reached meanwhile. While that happens it stays, or nobody
 * would be told what came of it.
 */
export function Dialog({ title, open, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const client = useQueryClient();
  const isUnderWay = useIsMutating() > 0;
  // What is drawn comes a moment after what is so.
  const stay = (event: SyntheticEvent) => {
    if (client.isMutating() > 0) event.preventDefault();
  };
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
  }, [open]);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={stay}
      closedby={isUnderWay ? 'none' : 'any'}
    >
      <h2 id={id}>{title}</h2>
      {open && (
        <div className={styles.body} inert={isUnderWay}>
          {children}
        </div>
      )}
    </dialog>
  );
}

/** Buttons at the foot of a dialog or a form. */
export function Actions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
