import { useId } from 'react';
import type { DecisionId, DecisionOption } from '../../model/fallout-decisions.ts';
import styles from './resolve-dialog.module.css';

interface DecisionChoiceProps {
  readonly options: readonly DecisionOption[];
  readonly chosen: DecisionId | undefined;
  readonly onChoose: (id: DecisionId) => void;
}

/** One of the decisions; those that cannot be taken say why. */
export function DecisionChoice({ options, chosen, onChoose }: DecisionChoiceProps) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>What did you find out?</legend>
      {options.map(({ id, label, isLikely, blocked }) => (
        <div key={id} className={styles.option}>
          <input
            id={`${name}-${id}`}
            type="radio"
            name={name}
            value={id}
            required
            checked={chosen === id}
            disabled={blocked !== undefined}
            aria-describedby={blocked === undefined ? undefined : `${name}-${id}-blocked`}
            onChange={() => onChoose(id)}
          />
          <label htmlFor={`${name}-${id}`}>
            {label}
            {isLikely && <span className={styles.likely}> usual here</span>}
          </label>
          {blocked !== undefined && (
            <span id={`${name}-${id}-blocked`} className={styles.blocked}>
              {blocked}
            </span>
          )}
        </div>
      ))}
    </fieldset>
  );
}
