import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import type { JsonObject } from '../../domain/json.ts';
import { ApiError } from '../api/client.ts';
import { type FormField, formFields } from '../model/form-fields.ts';
import { type Entered, errorAt, placeIssues, readForm } from '../model/form-values.ts';
import { Button } from './button.tsx';
import { Actions } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { Lacks, type Scope, useLacks } from './lacks.tsx';
import { SchemaField } from './schema-field.tsx';
import styles from './schema-form.module.css';

export interface SchemaFormProps {
  /** A JSON Schema, or a platform's question: `{schema, model, form}`. */
  readonly schema: JsonObject;
  /** Gets the values in their types; only called when nothing is wrong with them. */
  readonly onSubmit: (values: JsonObject) => void;
  readonly busy: boolean;
  /** What the key needs for it. */
  readonly scope: Scope;
  readonly submitLabel: string;
  /** What the API said to the last try; what it says of a field is shown there. */
  readonly error?: Error | null | undefined;
  /** What the last try was, as a sentence: `The run was not started.` */
  readonly errorTitle?: string;
  /** More controls, between the fields and the button. */
  readonly children?: ReactNode;
  /** Other buttons, left of the one that submits. */
  readonly actions?: ReactNode;
}

/** A form made of a schema, checked before it is sent. Text that was entered outlives a refusal. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, onSubmit, busy, scope, submitLabel, error, errorTitle, children, actions } = props;
  const mayNot = useLacks(scope);
  const fields = useMemo(() => formFields(schema), [schema]);
  const [mistakes, setMistakes] = useState<Readonly<Record<string, string>>>();
  const refused = useMemo(() => placeIssues(fields, error instanceof ApiError ? error.issues : []), [fields, error]);
  const errors = mistakes ?? refused.errors;
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (busy) return;
    const read = readForm(fields, enteredIn(event.currentTarget, fields));
    const wrong = { ...read.errors, ...unfinishedIn(event.currentTarget, fields) };
    const first = fields.findIndex(({ name }) => errorAt(wrong, name) !== undefined);
    setMistakes(first === -1 ? undefined : wrong);
    if (first === -1) onSubmit(read.values);
    else controlOf(event.currentTarget, first)?.focus();
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {fields.map((field, index) => (
        <SchemaField key={field.name} field={field} inputName={inputName(index)} error={errorAt(errors, field.name)} />
      ))}
      {children}
      <Lacks scope={scope} />
      <FormError error={error} title={errorTitle} isPlaced={refused.others.length === 0} errors={refused.errors} />
      <Actions>
        {actions}
        <Button kind="primary" type="submit" disabled={mayNot} busy={busy}>
          {submitLabel}
        </Button>
      </Actions>
    </form>
  );
}

interface FormErrorProps {
  readonly error: Error | null | undefined;
  readonly title: string | undefined;
  readonly isPlaced: boolean;
  readonly errors: Readonly<Record<string, string>>;
}

/** What is said at the fields is not said twice. */
function FormError({ error, title, isPlaced, errors }: FormErrorProps) {
  if (error === undefined || error === null) return null;
  const isAtFields = isPlaced && Object.keys(errors).length > 0;
  const told = isAtFields ? new Error('Something is wrong with what is marked above.') : error;
  return <ErrorNote error={told} {...(title === undefined ? {} : { title })} />;
}

/** Names of fields may be any text; those of controls must not meet a property of the form. */
function inputName(index: number): string {
  return `field-${index}`;
}

function controlOf(form: HTMLFormElement, index: number): HTMLElement | undefined {
  const control = form.elements.namedItem(inputName(index));
  return control instanceof HTMLElement ? control : undefined;
}

function enteredIn(form: HTMLFormElement, fields: readonly FormField[]): Entered {
  const data = new FormData(form);
  return Object.fromEntries(fields.map(({ name }, index) => [name, String(data.get(inputName(index)) ?? '')]));
}

/** A date of which only a part is typed looks empty to the page. */
function unfinishedIn(form: HTMLFormElement, fields: readonly FormField[]): Readonly<Record<string, string>> {
  const unfinished = fields.filter((_, index) => {
    const control = controlOf(form, index);
    return control instanceof HTMLInputElement && control.validity.badInput;
  });
  return Object.fromEntries(unfinished.map(({ name }) => [name, 'It is not complete.']));
}
