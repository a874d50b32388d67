import { ApiError } from '../api/client.ts';
import { Button } from './button.tsx';
import styles from './notes.module.css';

export interface ErrorNoteProps {
  readonly error: Error;
  /** What was attempted, as a sentence: `The run could not be canceled.` */
  readonly title?: string;
  readonly onRetry?: () => void;
}

/** What went wrong, in the API's words, with the fields where it names some. */
export function ErrorNote({ error, title, onRetry }: ErrorNoteProps) {
  const issues = error instanceof ApiError ? error.issues : [];
  // A title that says it was not done would be a guess.
  const isInDoubt = error instanceof ApiError && error.code === 'IN_DOUBT';
  return (
    <div role="alert" className={styles.error}>
      {title !== undefined && !isInDoubt && <strong>{title}</strong>}
      <p>{error.message}</p>
      {issues.length > 0 && (
        <ul>
          {issues.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code>{path}</code>: {message}
            </li>
          ))}
        </ul>
      )}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
