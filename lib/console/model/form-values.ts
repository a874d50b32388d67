/** What was entered in a form: checked, and as values of the right types. Pure. */
import type { Json, JsonObject } from '../../domain/json.ts';
import type { FieldKind, FormField } from './form-fields.ts';

/** As the controls have it, by name of the field. */
export type Entered = Readonly<Record<string, string>>;

export interface FormValues {
  /** Without what was left empty. */
  readonly values: JsonObject;
  /** What is wrong, by name of the field. */
  readonly errors: Readonly<Record<string, string>>;
}

export function readForm(fields: readonly FormField[], entered: Entered): FormValues {
  const values: [string, Json][] = [];
  const errors: [string, string][] = [];
  for (const field of fields) {
    const text = (Object.hasOwn(entered, field.name) && entered[field.name]) || '';
    const isEmpty = text.trim() === '';
    if (isEmpty && field.sendsEmpty && !field.required) values.push([field.name, '']);
    if (isEmpty && field.required) errors.push([field.name, EMPTY[field.kind] ?? 'Enter something here.']);
    if (isEmpty) continue;
    const read = READERS[field.kind](text, field);
    if ('error' in read) errors.push([field.name, read.error]);
    else values.push([field.name, read.value]);
  }
  return { values: Object.fromEntries(values), errors: Object.fromEntries(errors) };
}

/** What is wrong with a field, whatever it is called: `constructor` is a name like others. */
export function errorAt(errors: FormValues['errors'], name: string): string | undefined {
  return Object.hasOwn(errors, name) ? errors[name] : undefined;
}

export interface Issue {
  readonly path: string;
  readonly message: string;
}

export interface PlacedIssues {
  /** By name of the field. */
  readonly errors: Readonly<Record<string, string>>;
  /** Of none of the fields. */
  readonly others: readonly Issue[];
}

/** What the API refuses, at the field it is about: `parameters.email`, `values.town`. */
export function placeIssues(fields: readonly FormField[], issues: readonly Issue[]): PlacedIssues {
  const errors = new Map<string, string>();
  const others: Issue[] = [];
  for (const issue of issues) {
    const about = fields.filter(({ name }) => issue.path === name || issue.path.endsWith(`.${name}`));
    // "a.b" ends with ".b" as well: the longest name is meant.
    const field = about.toSorted((a, b) => b.name.length - a.name.length)[0];
    if (field === undefined) others.push(issue);
    else errors.set(field.name, [errors.get(field.name), sentence(issue.message)].filter(Boolean).join(' '));
  }
  return { errors: Object.fromEntries(errors), others };
}

type Read = { readonly value: Json } | { readonly error: string };

const EMPTY: Partial<Record<FieldKind, string>> = {
  number: 'Enter a number.',
  date: 'Enter a date.',
  email: 'Enter an e-mail address.',
  boolean: 'Choose yes or no.',
  choice: 'Choose one.',
  json: 'Enter JSON: text in quotes, a number, true, [] or {}.',
};

const READERS: Readonly<Record<FieldKind, (text: string, field: FormField) => Read>> = {
  text: readText,
  'long-text': readText,
  number: readNumber,
  date: readDate,
  email: (text) =>
    /^[^\s@]+@[^\s@]+$/.test(text.trim())
      ? { value: text.trim() }
      : { error: 'This is no e-mail address: expected name@example.com.' },
  boolean: readChoice,
  choice: readChoice,
  json: readJson,
};

function readText(text: string, { limits: { minLength = 0, maxLength, pattern } }: FormField): Read {
  if (text.length < minLength) return { error: `Enter at least ${minLength} characters; these are ${text.length}.` };
  if (maxLength !== undefined && text.length > maxLength)
    return { error: `Enter at most ${maxLength} characters; these are ${text.length}.` };
  if (pattern !== undefined && !matches(pattern, text)) return { error: `It does not have the form ${pattern}.` };
  return { value: text };
}

/** A pattern that this browser cannot read is left to who wrote it. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}

function readNumber(text: string, { limits: { isWhole, minimum, maximum } }: FormField): Read {
  const trimmed = text.trim();
  const value = Number(trimmed);
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) || !Number.isFinite(value))
    return { error: 'This is no number: expected digits, with a point before decimals.' };
  if (isWhole && !Number.isInteger(value)) return { error: 'Expected a whole number.' };
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return { error: 'This number is too large to be kept exactly.' };
  if (minimum !== undefined && value < minimum) return { error: `Expected ${minimum} or more.` };
  if (maximum !== undefined && value > maximum) return { error: `Expected ${maximum} or less.` };
  return { value };
}

function readDate(text: string): Read {
  const trimmed = text.trim();
  const date = new Date(`${trimmed}T00:00:00Z`);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(trimmed) && !Number.isNaN(date.getTime());
  return isDate && date.toISOString().startsWith(trimmed)
    ? { value: trimmed }
    : { error: 'This is no date of the calendar: expected YYYY-MM-DD.' };
}

function readChoice(text: string, { choices }: FormField): Read {
  const choice = choices.find((known) => known.text === text);
  return choice === undefined ? { error: 'Choose one of the list.' } : { value: choice.value };
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { error: `This is not JSON (text needs quotes): ${(error as Error).message}` };
  }
}

function sentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
