import type { Run } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import styles from './facts-card.module.css';

const MASKED = '***';

/** What it was started with; what is sensitive comes masked, and stays so. */
export function ParametersCard({ parameters }: Pick<Run, 'parameters'>) {
  const entries = Object.entries(parameters);
  return (
    <Card title="Parameters">
      {entries.length === 0 ? (
        <p className={styles.soft}>None.</p>
      ) : (
        <KeyValues items={entries.map(([name, value]) => [name, <Value key={name} name={name} value={value} />])} />
      )}
    </Card>
  );
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === MASKED) return <span title="Sensitive: sealed, and shown to nobody">{MASKED}</span>;
  if (typeof value === 'object' && value !== null) return <JsonTree value={value} label={name} openLevels={1} />;
  return typeof value === 'string' ? value : <code>{JSON.stringify(value)}</code>;
}
