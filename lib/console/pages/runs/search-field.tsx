import { useState } from 'react';
import { useLocation } from 'wouter';
import { runIdIn } from '../../model/find-runs.ts';
import styles from './filter-bar.module.css';
import type { Filters } from './use-filters.ts';

const MAX_TEXT = 256;

/** Business key, remote id, or the id of a run, which opens it. */
export function SearchField({ filters: { q = '' }, change }: Omit<Filters, 'reset'>) {
  const [, navigate] = useLocation();
  const [text, setText] = useState(q);
  const [shown, setShown] = useState(q);
  // The address has another search than what was typed here: somebody has reset it, or went back.
  if (shown !== q) {
    setShown(q);
    if (text.trim() !== q) setText(q);
  }
  const type = (typed: string) => {
    const runId = runIdIn(typed);
    if (runId !== undefined) return navigate(`/runs/${runId}`);
    setText(typed);
    change({ q: typed.trim(), businessKey: undefined, remoteId: undefined });
  };
  return (
    <label className={styles.search}>
      <span className="spoken">Search by business key, remote id or run id</span>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="m10.5 10.5 3.5 3.5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
      </svg>
      <input
        type="search"
        value={text}
        onChange={({ target }) => type(target.value)}
        placeholder="Business key, remote id or run id"
        maxLength={MAX_TEXT}
        autoComplete="off"
        spellCheck={false}
      />
    </label>
  );
}
