import type { Connection } from '../../api/types.ts';
import { breakerWords } from '../../model/connection-words.ts';
import { platformName } from '../../model/platform-names.ts';
import { Instant } from '../../ui/instant.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { useNow } from '../../ui/use-now.ts';
import styles from './connections-page.module.css';

export function ConnectionFacts({ connection }: { readonly connection: Connection }) {
  const { baseUrl, provider, breaker, lastSuccessAt, lastError } = connection;
  return (
    <KeyValues
      items={[
        ['Breaker', <BreakerState key="breaker" breaker={breaker} />],
        ['First failure', breaker.since && <Instant key="since" at={breaker.since} as="ago" />],
        [
          'Last success',
          lastSuccessAt === undefined ? 'none yet' : <Instant key="success" at={lastSuccessAt} as="ago" />,
        ],
        [
          'Last error',
          lastError === undefined ? 'none' : <LastError key="error" at={lastError.at} message={lastError.message} />,
        ],
        ['Platform', platformName(provider)],
        [
          'Address',
          <code key="address" className={styles.address}>
            {baseUrl}
          </code>,
        ],
      ]}
    />
  );
}

/** With a count-down to the next call that is let through. */
function BreakerState({ breaker }: { readonly breaker: Connection['breaker'] }) {
  return breakerWords(breaker, useNow());
}

function LastError({ at, message }: { readonly at: string; readonly message: string }) {
  return (
    <>
      <Instant at={at} as="ago" />
      <p className={styles.error}>{message}</p>
    </>
  );
}
