import styles from './notes.module.css';

export function Loading({ label = 'Loading' }: { readonly label?: string }) {
  return (
    <p role="status" className={styles.loading}>
      {label} …
    </p>
  );
}
