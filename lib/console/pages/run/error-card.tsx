import type { Run } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';

/** What the platform told of a failure beyond its sentence; nothing where that was all. */
export function ErrorCard({ error }: Pick<Run, 'error'>) {
  if (error?.details === undefined || error.details.length === 0) return null;
  return (
    <Card title="What went wrong" actions={<code>{error.code}</code>}>
      <JsonTree value={error.details} label="the details of the error" openLevels={3} />
    </Card>
  );
}
