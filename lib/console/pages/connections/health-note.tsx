import type { Connection } from '../../api/types.ts';
import { HEALTH_WORDS } from '../../model/connection-words.ts';
import { Instant } from '../../ui/instant.tsx';
import styles from './connections-page.module.css';

/** What is the matter, what that means, and what to do about it. */
export function HealthNote({ connection }: { readonly connection: Connection }) {
  const { state, paused, toldToWaitUntil } = connection;
  const { tone, means, remedy } = HEALTH_WORDS[state];
  return (
    <div className={`${styles.note} ${styles[tone]}`}>
      {paused !== undefined && (
        <p>
          <strong>
            Paused <Instant at={paused.at} as="ago" />
            {paused.by !== undefined && ` by the key ${paused.by}`}
            {paused.reason === undefined ? '.' : ':'}
          </strong>{' '}
          {paused.reason}
        </p>
      )}
      {paused === undefined && toldToWaitUntil !== undefined && (
        <p>
          <strong>
            It goes on <Instant at={toldToWaitUntil} as="ago" />.
          </strong>
        </p>
      )}
      <p>{means}</p>
      {remedy !== undefined && (
        <p>
          <strong>What to do:</strong> {remedy}
        </p>
      )}
    </div>
  );
}
