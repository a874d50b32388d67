/**
 * Fields of a form, from a JSON Schema as flows have for their parameters, or from the question of a platform: such a
 * schema with default values (`model`) and a layout (`form`) beside it. Pure.
 */
import type { Json, JsonObject } from '../../domain/json.ts';

export type FieldKind = 'text' | 'long-text' | 'number' | 'date' | 'email' | 'boolean' | 'choice' | 'json';

export interface FormField {
  /** The key of its value. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  /** Never shown again once it is sent. */
  readonly sensitive: boolean;
  /** What the control begins with, as text; of a choice, the `text` of one. */
  readonly initial: string;
  /** Of kind `choice`, and of `boolean`. */
  readonly choices: readonly Choice[];
  /** Left empty it is sent as empty text all the same: the platform begins with that itself. */
  readonly sendsEmpty: boolean;
  readonly limits: Limits;
}

export interface Choice {
  /** Stands for the value in the control. */
  readonly text: string;
  readonly label: string;
  readonly value: Json;
}

export interface Limits {
  readonly isWhole: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** From so many characters on, one line is too little. */
const LONG_TEXT = 200;

/** @returns the fields in the order of the layout, else of the schema; none where nothing is understood. */
export function formFields(form: JsonObject): readonly FormField[] {
  const isQuestion = !('properties' in form) && ('schema' in form || 'form' in form || 'model' in form);
  const schema = isQuestion ? objectOf(form.schema) : form;
  const model = isQuestion ? objectOf(form.model) : {};
  const layout = new Map(isQuestion ? layoutOf(form.form) : []);
  const properties = objectOf(schema.properties);
  const required = arrayOf(schema.required).filter((name) => typeof name === 'string');
  const names = namesOf(Object.keys(properties), layout, required);
  return names.map((name) =>
    fieldOf(name, {
      property: objectOf(properties[name]),
      item: layout.get(name) ?? {},
      model: Object.hasOwn(model, name) ? model[name] : undefined,
      isRequired: required.includes(name),
    }),
  );
}

/** What the layout leaves out the platform does not show either; what must be given is asked for all the same. */
function namesOf(
  inSchema: readonly string[],
  layout: ReadonlyMap<string, JsonObject>,
  required: readonly string[],
): readonly string[] {
  if (layout.size === 0) return inSchema;
  if (layout.has('*')) return [...new Set([...[...layout.keys()].filter((name) => name !== '*'), ...inSchema])];
  return [...new Set([...layout.keys(), ...inSchema.filter((name) => required.includes(name))])];
}

interface FieldSource {
  readonly property: JsonObject;
  readonly item: JsonObject;
  readonly model: Json | undefined;
  readonly isRequired: boolean;
}

function fieldOf(name: string, { property, item, model, isRequired }: FieldSource): FormField {
  const choices = choicesOf(property, item);
  const kind = kindOf(property, item, choices.length > 0);
  const begin = model ?? property.default;
  const hint = textOf(item.description) ?? textOf(property.description);
  const shown = kind === 'boolean' ? YES_OR_NO : choices;
  return {
    name,
    label: textOf(item.title) ?? textOf(property.title) ?? name,
    ...(hint === undefined ? {} : { hint }),
    kind,
    required: isRequired || item.required === true,
    sensitive: property.writeOnly === true,
    initial: initialOf(kind, shown, begin),
    choices: shown,
    sendsEmpty: model === '' && (kind === 'text' || kind === 'long-text'),
    limits: limitsOf(property),
  };
}

const YES_OR_NO: readonly Choice[] = [
  { text: 'true', label: 'Yes', value: true },
  { text: 'false', label: 'No', value: false },
];

const FORMATS: Readonly<Record<string, FieldKind>> = { date: 'date', email: 'email' };
const TYPES: Readonly<Record<string, FieldKind>> = { number: 'number', integer: 'number', boolean: 'boolean' };

function kindOf(property: JsonObject, item: JsonObject, isChoice: boolean): FieldKind {
  if (isChoice) return 'choice';
  const type = typeOf(property);
  // A field of the layout that the schema does not know is text, as the platform's own page has it.
  if (type === undefined && Object.keys(property).length === 0 && Object.keys(item).length > 0) return 'text';
  if (type !== 'string') return TYPES[type ?? ''] ?? 'json';
  const isLong = item.type === 'textarea' || (numberOf(property.maxLength) ?? 0) > LONG_TEXT;
  return FORMATS[textOf(property.format) ?? ''] ?? (isLong ? 'long-text' : 'text');
}

/** `["string", "null"]` is a string that may be absent. */
function typeOf(property: JsonObject): string | undefined {
  const types = [property.type].flat().filter((type) => typeof type === 'string' && type !== 'null');
  return types.length === 1 ? String(types[0]) : undefined;
}

function choicesOf(property: JsonObject, item: JsonObject): readonly Choice[] {
  const titled = [...arrayOf(item.titleMap), ...arrayOf(property.oneOf ?? property.anyOf)].flatMap((entry) => {
    const { name, title, value, const: only } = objectOf(entry);
    const given = value ?? only;
    return given === undefined ? [] : [choiceOf(given, textOf(name) ?? textOf(title))];
  });
  return titled.length > 0 ? titled : arrayOf(property.enum).map((value) => choiceOf(value));
}

function choiceOf(value: Json, label?: string): Choice {
  return {
    text: JSON.stringify(value),
    label: label ?? (typeof value === 'string' ? value : JSON.stringify(value)),
    value,
  };
}

function initialOf(kind: FieldKind, choices: readonly Choice[], begin: Json | undefined): string {
  if (begin === undefined || begin === null) return '';
  if (choices.length > 0) return choices.find(({ text }) => text === JSON.stringify(begin))?.text ?? '';
  if (kind === 'json') return JSON.stringify(begin, undefined, 2);
  return typeof begin === 'string' ? begin : JSON.stringify(begin);
}

function limitsOf(property: JsonObject): Limits {
  const pattern = textOf(property.pattern);
  return {
    isWhole: typeOf(property) === 'integer',
    ...Object.fromEntries(
      (['minimum', 'maximum', 'minLength', 'maxLength'] as const).flatMap((name) => {
        const limit = numberOf(property[name]);
        return limit === undefined ? [] : [[name, limit]];
      }),
    ),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

/** Keys of the layout with what it says of each, groups within groups included. */
function layoutOf(form: Json | undefined): readonly (readonly [string, JsonObject])[] {
  return arrayOf(form).flatMap((entry) => {
    if (typeof entry === 'string') return [[entry, {}] as const];
    const item = objectOf(entry);
    const key = textOf(item.key);
    const own = key === undefined ? [] : [[key, item] as const];
    return [...own, ...(own.length > 0 ? [] : layoutOf(item.items))];
  });
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function arrayOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
