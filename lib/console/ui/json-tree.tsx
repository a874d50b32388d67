import { useMemo, useState } from 'react';
import { JsonView } from 'react-json-view-lite';
import { isFoldable, jsonText } from '../model/foldable.ts';
import { Button } from './button.tsx';
import { Copy } from './copy.tsx';
import styles from './json-tree.module.css';

export interface JsonTreeProps {
  readonly value: unknown;
  /** What it is, for readers that speak the page. */
  readonly label: string;
  /** Levels that are open at first. @default 2 */
  readonly openLevels?: number;
}

const LOOKS = {
  container: styles.tree ?? '',
  basicChildStyle: styles.child ?? '',
  childFieldsContainer: styles.children ?? '',
  label: styles.label ?? '',
  clickableLabel: styles.label ?? '',
  nullValue: styles.plain ?? '',
  undefinedValue: styles.plain ?? '',
  numberValue: styles.number ?? '',
  stringValue: styles.string ?? '',
  booleanValue: styles.number ?? '',
  otherValue: styles.plain ?? '',
  punctuation: styles.punctuation ?? '',
  expandIcon: styles.closed ?? '',
  collapseIcon: styles.opened ?? '',
  collapsedContent: styles.folded ?? '',
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  stringifyStringValues: true,
  ariaLables: { collapseJson: 'Fold', expandJson: 'Unfold' },
};

/** More text than anybody reads in a page. */
const MAX_TEXT = 200_000;

/** JSON that can be folded, or its text where it is too large for that; with a button that copies all of it. */
export function JsonTree({ value, label, openLevels = 2 }: JsonTreeProps) {
  const [isOpen, setOpen] = useState(false);
  const text = useMemo(() => jsonText(value), [value]);
  const tree = useMemo(
    () => (typeof value === 'object' && value !== null && isFoldable(value) ? value : undefined),
    [value],
  );
  return (
    <div className={styles.box}>
      <div className={styles.tools}>
        {tree !== undefined && (
          <Button kind="quiet" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Fold' : 'Unfold all'}
          </Button>
        )}
        <Copy text={text} label={`Copy ${label}`} />
      </div>
      {tree !== undefined ? (
        <JsonView
          key={String(isOpen)}
          data={tree}
          style={LOOKS}
          shouldExpandNode={(level) => isOpen || level < openLevels}
          clickToExpandNode
          aria-label={label}
        />
      ) : (
        <pre className={styles.leaf}>{text.slice(0, MAX_TEXT)}</pre>
      )}
      {tree === undefined && text.length > MAX_TEXT && <p>Only its beginning is shown. Copy it for all of it.</p>}
    </div>
  );
}
