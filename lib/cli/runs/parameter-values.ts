/** Parameters as they are typed on a command line, made what the flow takes. Pure. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { nearestName } from '../frame/nearest-name.ts';
import type { ShownField, ShownFlow } from './shown-run.ts';

export interface ParameterIssue {
  readonly name: string;
  readonly message: string;
}

export interface ReadParameters {
  readonly values: JsonObject;
  readonly issues: readonly ParameterIssue[];
}

type Converted = { readonly value: Json } | { readonly problem: string };

/**
 * @param pairs `name=value` each; they win over `given`.
 * @param given values that have their types already.
 */
export function readParameters(
  { parametersSchema }: Pick<ShownFlow, 'parametersSchema'>,
  pairs: readonly string[],
  given: JsonObject = {},
): ReadParameters {
  const { properties, required } = parametersSchema;
  const read = pairs.map((pair) => readPair(pair, properties));
  const values = { ...given, ...Object.fromEntries(read.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))) };
  const names = read.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const tried = new Set([...names, ...Object.keys(given)]);
  const missing = required.filter((name) => !tried.has(name));
  return {
    values,
    issues: [
      ...read.flatMap(({ name, problem }) => (problem === undefined ? [] : [{ name, message: problem }])),
      ...twice.map((name) => ({ name, message: 'given more than once' })),
      ...Object.keys(given).flatMap((name) => unknownIssue(name, properties)),
      ...missing.map((name) => ({ name, message: `required (${typeWords(properties[name])})` })),
    ],
  };
}

interface ReadPair {
  readonly name: string;
  readonly entry?: readonly [name: string, value: Json];
  readonly problem?: string;
}

function readPair(pair: string, properties: Readonly<Record<string, ShownField>>): ReadPair {
  const at = pair.indexOf('=');
  const name = at === -1 ? pair : pair.slice(0, at);
  const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (field === undefined) return { name, problem: unknownWords(name, properties) };
  if (at === -1) return { name, problem: `expected --param ${name}=VALUE` };
  const converted = convert(field, pair.slice(at + 1));
  return 'problem' in converted ? { name, problem: converted.problem } : { name, entry: [name, converted.value] };
}

function unknownIssue(name: string, properties: Readonly<Record<string, ShownField>>): readonly ParameterIssue[] {
  return Object.hasOwn(properties, name) ? [] : [{ name, message: unknownWords(name, properties) }];
}

function unknownWords(name: string, properties: Readonly<Record<string, ShownField>>): string {
  const known = Object.keys(properties);
  if (known.length === 0) return 'unknown; this flow takes no parameters';
  const near = nearestName(name, known);
  const list = known.join(', ');
  return near === undefined ? `unknown; known are ${list}` : `unknown, did you mean ${near}? Known are ${list}`;
}

const asText = (text: string): Converted => ({ value: text });

const BY_TYPE: Readonly<Record<string, (text: string) => Converted>> = {
  string: asText,
  number(text) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) return { problem: 'expected a number such as 12.5' };
    // It would be sent as another one.
    if (/^[-+]?\d+$/.test(text.trim()) && !Number.isSafeInteger(value))
      return { problem: `has more digits than a number keeps (at most ${Number.MAX_SAFE_INTEGER})` };
    return { value };
  },
  boolean: (text) =>
    text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: 'expected true or false' },
};

const FORMATS: Readonly<Record<string, readonly [pattern: RegExp, problem: string]>> = {
  date: [/^\d{4}-\d{2}-\d{2}$/, 'expected a date as YYYY-MM-DD'],
  email: [/^[^\s@]+@[^\s@]+$/, 'expected an e-mail address'],
};

/** Values are not repeated in what is said of them: some are secret. */
function convert({ type, format }: ShownField, text: string): Converted {
  const [pattern, problem] = FORMATS[format ?? ''] ?? [];
  if (pattern !== undefined && problem !== undefined && !pattern.test(text)) return { problem };
  if (type === undefined) return parseJson(text);
  return (BY_TYPE[type] ?? asText)(text);
}

function parseJson(text: string): Converted {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return { problem: `expected JSON, such as {"a":1}, [1,2] or "text" with its quotes` };
  }
}

/** What a field takes, in a word or two. */
export function typeWords(field: ShownField | undefined): string {
  const { type, format } = field ?? {};
  return format ?? { string: 'text', number: 'number', boolean: 'true or false' }[type ?? ''] ?? 'JSON';
}
