/** Values as the document's schemas allow them, and values that nothing allows. */
import fc from 'fast-check';
import { document, type JsonSchema } from './document.ts';

const MAX_DEPTH = 3;
const TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  'ä'.repeat(300),
  '🦊',
  '__proto__',
  '../..',
  "'; DROP",
  '<x/>',
  '***',
  'null',
];
/** What no schema had in mind. */
export const hostileText = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: 'binary' }),
  fc.string({ maxLength: 3_000 }),
);
export const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  hostileText,
  fc.constantFrom<unknown>(1e308, -0, 2 ** 53, Number.MAX_SAFE_INTEGER, -1, 0.1, [], {}, [[[]]], null, true),
);

/** Values that a schema of the document allows. */
export function fromSchema(schema: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return fromSchema(componentOf(schema.$ref), depth + 1);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const variants = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (variants !== undefined) {
    // Deep down only what cannot go deeper.
    const flat = variants.filter(({ type }) => type !== 'array' && type !== 'object');
    const usable = depth > MAX_DEPTH && flat.length > 0 ? flat : variants;
    return fc.oneof(...usable.map((variant) => fromSchema(variant, depth + 1)));
  }
  const make = typeof schema.type === 'string' ? MAKERS[schema.type] : undefined;
  return make === undefined ? anyValue : make(schema, depth);
}

function componentOf(ref: string): JsonSchema {
  return document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
}

const MAKERS: Readonly<Record<string, (schema: JsonSchema, depth: number) => fc.Arbitrary<unknown>>> = {
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  number: () => fc.double({ noNaN: true, noDefaultInfinity: true }),
  integer: ({ minimum, maximum }) =>
    fc.integer({
      min: Number(minimum ?? 0),
      max: Math.min(Number(maximum ?? 1_000), Number(minimum ?? 0) + 10_000_000),
    }),
  string: ({ pattern, format, minLength = 0, maxLength = 40 }) => {
    if (format === 'date-time')
      return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString());
    if (format === 'email') return fc.emailAddress();
    if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
    return fc.string({ unit: 'grapheme', minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 40) });
  },
  array: ({ items, minItems = 0 }, depth) =>
    fc.array(fromSchema((items ?? {}) as JsonSchema, depth + 1), { minLength: Number(minItems), maxLength: 4 }),
  object: (schema, depth) => {
    const { properties, required = [], additionalProperties } = schema;
    if (properties === undefined)
      return fc.dictionary(
        fc.string({ maxLength: 10 }),
        fromSchema((additionalProperties ?? {}) as JsonSchema, depth + 1),
        { maxKeys: 4 },
      );
    const fields = Object.entries(properties as Record<string, JsonSchema>);
    const arbitraries = Object.fromEntries(fields.map(([name, field]) => [name, fromSchema(field, depth + 1)]));
    return fc.record(arbitraries, { requiredKeys: required as string[] });
  },
};
