import type { Run } from '../../api/types.ts';
import { type Fact, factsOf } from '../../model/fallout-evidence.ts';
import { FALLOUT_WORDS } from '../../model/fallout-words.ts';
import { safeUrl } from '../../model/run-words.ts';
import { Card } from '../../ui/card.tsx';
import { Instant } from '../../ui/instant.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import styles from './fallout-card.module.css';

/** What somebody who has to decide needs to know. */
export function FalloutCard({ run: { status, fallout } }: { readonly run: Run }) {
  if (status !== 'FALLOUT' || fallout === undefined) return null;
  const { meaning, check } = FALLOUT_WORDS[fallout.reason];
  const facts = factsOf(fallout.evidence);
  return (
    <Card title="What to decide" actions={<code>{fallout.reason}</code>}>
      <div className={styles.body}>
        <p>
          {meaning} {check}
        </p>
        {facts.length > 0 && (
          <KeyValues items={facts.map((fact) => [fact.name, <FactValue key={fact.name} {...fact} />])} />
        )}
      </div>
    </Card>
  );
}

function FactValue({ kind, value }: Fact) {
  if (kind === 'instant') return <Instant at={value} />;
  if (kind === 'id') return <code>{value}</code>;
  const url = safeUrl(value);
  if (url === undefined || /\s/.test(url)) return value;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {url}
    </a>
  );
}
