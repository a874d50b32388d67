import { useMemo, useState } from 'react';
import { FLOWS_EVERY_MS, useConnections, useFlows } from '../../api/queries.ts';
import type { Flow } from '../../api/types.ts';
import { findFlows } from '../../model/flow-list.ts';
import { countWords } from '../../model/word-list.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { control } from '../../ui/field.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import styles from './flows-page.module.css';
import { FlowsTable } from './flows-table.tsx';

/** Of fewer, each is seen at once. */
const FLOWS_TO_SEARCH = 8;

export function FlowsPage() {
  const flows = useFlows();
  const [text, setText] = useState('');
  const all = flows.data ?? [];
  const found = useMemo(() => findFlows(flows.data ?? [], text), [flows.data, text]);
  return (
    <>
      <PageHeader
        title="Flows"
        subtitle={all.length === 0 ? undefined : `${all.length} can be run`}
        actions={all.length >= FLOWS_TO_SEARCH ? <Search text={text} onChange={setText} /> : undefined}
      />
      <div className={styles.page}>
        {flows.error !== null && (
          <ErrorNote
            error={flows.error}
            title={flows.data === undefined ? 'The flows could not be read.' : 'What is shown may be old.'}
            onRetry={() => void flows.refetch()}
          />
        )}
        {flows.isPending && <Loading label="Loading the flows" />}
        {flows.data !== undefined && <Found all={all} found={found} />}
      </div>
      <p className="spoken" role="status">
        {text === '' ? '' : `${countWords(found.length, 'flow')} found`}
      </p>
    </>
  );
}

function Found({ all, found }: { readonly all: readonly Flow[]; readonly found: readonly Flow[] }) {
  const connections = useConnections(FLOWS_EVERY_MS);
  return (
    <Card flush>
      {found.length > 0 && <FlowsTable flows={found} connections={connections.data ?? []} />}
      {all.length === 0 && (
        <Empty title="No flow yet">
          Flows are declared in <code>errand.config.ts</code>; <code>errand init</code> writes the first one. A key that
          is limited to some flows shows those alone.
        </Empty>
      )}
      {all.length > 0 && found.length === 0 && <Empty title="No flow like that">Try fewer words.</Empty>}
    </Card>
  );
}

function Search({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  return (
    <input
      type="search"
      className={`${control} ${styles.search}`}
      aria-label="Find a flow"
      placeholder="Find a flow"
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
