/** The question of a waiting run, as a person reads it. Pure. */
import type { Json, JsonObject } from '../../domain/json.ts';

export interface AnswerField {
  readonly name: string;
  readonly title?: string;
  readonly type?: string;
  readonly isRequired: boolean;
  readonly choices?: readonly Json[];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is asked for, as far as the platform's form says it in JSON Schema; empty where it says it otherwise. */
export function fieldsOf(form: JsonObject | undefined): readonly AnswerField[] {
  const schema = isObject(form?.schema) ? form.schema : form;
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const required = Array.isArray(schema?.required) ? schema.required : [];
  return Object.entries(properties).map(([name, property]) => {
    const { title, type, enum: choices } = isObject(property) ? property : {};
    return {
      name,
      isRequired: required.includes(name),
      ...(typeof title === 'string' ? { title } : {}),
      ...(typeof type === 'string' ? { type } : {}),
      ...(Array.isArray(choices) ? { choices } : {}),
    };
  });
}

/** The text as the field's type wants it; text where it is no such thing, for the platform to judge. */
export function typedAnswer(type: string | undefined, text: string): Json {
  const number = Number(text);
  if ((type === 'number' || type === 'integer') && text.trim() !== '' && Number.isFinite(number)) return number;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'array' || type === 'object') return parsed(text);
  return text;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
