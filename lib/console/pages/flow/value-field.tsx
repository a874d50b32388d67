import { type FormEvent, useEffect, useId, useMemo, useState } from 'react';
import { useRuns } from '../../api/queries.ts';
import type { Flow } from '../../api/types.ts';
import { type HistoryValue, seenValues, valueJson, valueText } from '../../model/history-values.ts';
import { Button } from '../../ui/button.tsx';
import { control, Field } from '../../ui/field.tsx';
import styles from './durations-card.module.css';

export interface ValueFieldProps {
  readonly flow: Flow;
  /** Of the parameter. */
  readonly name: string;
  /** JSON. */
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** Each value of this parameter has durations of its own; the one that was seen most often comes first. */
export function ValueField({ flow, name, value, onChange }: ValueFieldProps) {
  const { runs } = useRuns({ statuses: [], flow: flow.id });
  const seen = useMemo(() => seenValues(runs, name), [runs, name]);
  const [text, setText] = useState<string>();
  const isUntouched = text === undefined;
  const first = seen[0]?.json;
  useEffect(() => {
    // Once: what is looked at must not change because another value has become more frequent.
    if (isUntouched && value === undefined) onChange(first);
  }, [isUntouched, value, first, onChange]);
  const listId = useId();
  function type(entered: string): void {
    setText(entered);
    // One of the list is meant as it is; other text is still being typed.
    const chosen = seen.find(({ json }) => json !== undefined && valueText(json) === entered);
    if (chosen !== undefined) onChange(chosen.json);
  }
  function show(event: FormEvent): void {
    event.preventDefault();
    if (text !== undefined) onChange(valueJson(text, typeOf(flow, name)));
  }
  return (
    <form className={styles.value} onSubmit={show}>
      <Field label={`For runs with ${name}`}>
        {(ids) => (
          <input
            {...ids}
            className={control}
            list={listId}
            placeholder="not given"
            value={text ?? valueText(value)}
            onChange={(event) => type(event.target.value)}
          />
        )}
      </Field>
      <Values id={listId} values={seen} />
      <Button type="submit">Show</Button>
    </form>
  );
}

function Values({ id, values }: { readonly id: string; readonly values: readonly HistoryValue[] }) {
  return (
    <datalist id={id}>
      {values.map(({ json, label }) => json !== undefined && <option key={json} value={label} />)}
    </datalist>
  );
}

function typeOf({ parametersSchema }: Flow, name: string): unknown {
  const properties = parametersSchema.properties as Readonly<Record<string, { readonly type?: unknown }>> | undefined;
  return properties?.[name]?.type;
}
