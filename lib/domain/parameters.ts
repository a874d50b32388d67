import { z } from 'zod';
import type { Issue } from './errors.ts';
import type { Json, JsonObject } from './json.ts';

export const PARAMETER_TYPES = ['text', 'number', 'date', 'email', 'boolean', 'json'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** One parameter of a flow as the configuration declares it. */
export const parameterSchema = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  /** Name on the wire. Default: the parameter's key. */
  apiName: z.string().min(1).max(200).optional(),
  required: z.boolean().default(false),
  default: z.json().optional(),
  /** Masked in every view, encrypted at rest, scrubbed from what a provider echoes. */
  sensitive: z.boolean().default(false),
  description: z.string().optional(),
});
export type Parameter = z.output<typeof parameterSchema>;
export type Parameters = Readonly<Record<string, Parameter>>;

const MAX_TEXT = 65_536;

function isCalendarDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** What each type accepts; one sentence per refusal. */
const VALUE_SCHEMAS: Readonly<Record<ParameterType, z.ZodType<Json>>> = {
  text: z.string('expected text').max(MAX_TEXT, `expected at most ${MAX_TEXT} characters`),
  number: z.number('expected a number'),
  date: z
    .string('expected a date as YYYY-MM-DD')
    .refine(isCalendarDate, 'expected a date of the calendar as YYYY-MM-DD'),
  email: z
    .string('expected an e-mail address')
    .regex(/^[^\s@]+@[^\s@]+$/, 'expected an e-mail address')
    .max(320),
  boolean: z.boolean('expected true or false'),
  json: z.json() as z.ZodType<Json>,
};

export interface CheckedParameters {
  /** Values with defaults filled in, keyed as the flow declares them. */
  readonly values: JsonObject;
  readonly issues: readonly Issue[];
}

/** Checks a caller's parameters against a flow's; unknown names and wrong types are issues, never guesses. */
export function checkParameters(declared: Parameters, given: JsonObject): CheckedParameters {
  const issues: Issue[] = [];
  const values: Record<string, Json> = {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    const known = Object.keys(declared);
    const hint = known.length === 0 ? 'this flow takes no parameters' : `known are ${known.join(', ')}`;
    issues.push({ path: `parameters.${name}`, message: `unknown parameter; ${hint}` });
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
    if (value === undefined) {
      if (parameter.required) issues.push({ path: `parameters.${name}`, message: `required (${parameter.type})` });
      continue;
    }
    const result = VALUE_SCHEMAS[parameter.type].safeParse(value);
    if (result.success) values[name] = result.data;
    else issues.push(...result.error.issues.map((issue) => ({ path: `parameters.${name}`, message: issue.message })));
  }
  return { values, issues };
}

/** The parameters of a flow as JSON Schema, for callers and forms. */
export function parametersJsonSchema(declared: Parameters): JsonObject {
  const types: Record<ParameterType, JsonObject> = {
    text: { type: 'string' },
    number: { type: 'number' },
    date: { type: 'string', format: 'date' },
    email: { type: 'string', format: 'email' },
    boolean: { type: 'boolean' },
    json: {},
  };
  const properties = Object.entries(declared).map(([name, parameter]): [string, JsonObject] => [
    name,
    {
      ...types[parameter.type],
      ...(parameter.description === undefined ? {} : { description: parameter.description }),
      ...(parameter.default === undefined ? {} : { default: parameter.default as Json }),
      ...(parameter.sensitive ? { writeOnly: true } : {}),
    },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: Object.keys(declared).filter((name) => declared[name]?.required && declared[name]?.default === undefined),
    additionalProperties: false,
  };
}
