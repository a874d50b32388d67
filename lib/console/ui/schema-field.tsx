import type { FieldKind, FormField } from '../model/form-fields.ts';
import { control, Field, type FieldIds } from './field.tsx';
import styles from './schema-form.module.css';

export interface SchemaFieldProps {
  readonly field: FormField;
  /** Of the control in its form. */
  readonly inputName: string;
  readonly error: string | undefined;
}

/** The control of one field of a form. */
export function SchemaField({ field, inputName, error }: SchemaFieldProps) {
  const { label, required } = field;
  // What is secret is hidden while it is typed, whatever it is; choices are seen by everybody anyway.
  const isHidden = field.sensitive && field.choices.length === 0;
  const Control = isHidden ? Input : (CONTROLS[field.kind] ?? Input);
  const hint = hintOf(field);
  return (
    <Field label={label} required={required} error={error} {...(hint === undefined ? {} : { hint })}>
      {(ids) => <Control ids={ids} field={field} inputName={inputName} />}
    </Field>
  );
}

interface ControlProps {
  readonly ids: FieldIds;
  readonly field: FormField;
  readonly inputName: string;
}

const CONTROLS: Partial<Record<FieldKind, typeof Input>> = {
  'long-text': TextArea,
  json: TextArea,
  boolean: Select,
  choice: Select,
};

const TYPES: Partial<Record<FieldKind, string>> = { date: 'date', email: 'email' };

function Input({ ids, field: { kind, initial, required, sensitive }, inputName }: ControlProps) {
  return (
    <input
      {...ids}
      className={control}
      name={inputName}
      type={sensitive ? 'password' : (TYPES[kind] ?? 'text')}
      inputMode={kind === 'number' ? 'decimal' : undefined}
      defaultValue={initial}
      aria-required={required || undefined}
      autoComplete={sensitive ? 'new-password' : 'off'}
      spellCheck={kind === 'text' && !sensitive}
    />
  );
}

function TextArea({ ids, field: { kind, initial, required }, inputName }: ControlProps) {
  const isJson = kind === 'json';
  return (
    <textarea
      {...ids}
      className={`${control} ${isJson ? styles.json : ''}`}
      name={inputName}
      rows={isJson ? 5 : 3}
      defaultValue={initial}
      aria-required={required || undefined}
      spellCheck={!isJson}
    />
  );
}

function Select({ ids, field: { choices, initial, required }, inputName }: ControlProps) {
  return (
    <select {...ids} className={control} name={inputName} defaultValue={initial} aria-required={required || undefined}>
      <option value="">{required ? 'Choose' : 'Not given'}</option>
      {choices.map(({ text, label }) => (
        <option key={text} value={text}>
          {label}
        </option>
      ))}
    </select>
  );
}

const FORMS: Partial<Record<FieldKind, string>> = { json: 'JSON' };

function hintOf({ kind, hint, sensitive }: FormField): string | undefined {
  const isTypedDate = kind === 'date' && sensitive;
  const parts = [
    hint,
    isTypedDate ? 'YYYY-MM-DD' : FORMS[kind],
    sensitive ? 'Kept sealed; shown as *** from then on.' : undefined,
  ];
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? undefined : told.join(' · ');
}
