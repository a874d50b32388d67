import type { Flow } from '../../api/types.ts';
import styles from './filter-bar.module.css';
import type { Filters } from './use-filters.ts';

interface FlowFilterProps extends Omit<Filters, 'reset'> {
  readonly flows: readonly Flow[] | undefined;
}

/** One flow, or all; a flow that is configured no longer stays choosable while it is chosen. */
export function FlowFilter({ filters: { flow = '' }, change, flows = [] }: FlowFilterProps) {
  const ids = flows.map(({ id }) => id);
  const all = flow === '' || ids.includes(flow) ? ids : [flow, ...ids];
  return (
    <select
      className={styles.select}
      aria-label="Flow"
      value={flow}
      onChange={({ target }) => change({ flow: target.value || undefined })}
    >
      <option value="">All flows</option>
      {all.map((id) => (
        <option key={id}>{id}</option>
      ))}
    </select>
  );
}
