/** Parses an expression of dynalite's once for each form that it is given in, and fills in the values of each call. */

type Value = Readonly<Record<string, unknown>>;
type Unused = Record<string, true>;

interface Context {
  readonly attrNames?: Readonly<Record<string, string>>;
  readonly attrVals?: Readonly<Record<string, Value>>;
  /** The parser takes out of both what the expression names. */
  readonly unusedAttrNames: Unused;
  readonly unusedAttrVals: Unused;
}

/** One of dynalite's parsers. */
export interface Parser {
  parse: (expression: string, options: { readonly context: Context }) => unknown;
}

interface Form {
  readonly parsed: unknown;
  /** The values it was parsed with, and what they are called. */
  readonly names: ReadonlyMap<unknown, string>;
  readonly usedNames: readonly string[];
  readonly usedVals: readonly string[];
}

/** What these say about an expression depends on the values themselves, not only on their types. */
const LOOKS_AT_VALUES = /between|attribute_type/i;

/** A parser takes a tenth of a millisecond, and a world asks it for fifty expressions that differ in nothing but values. */
export function parseFormsOnce(parser: Parser): void {
  const { parse } = parser;
  const forms = new Map<string, Form>();

  parser.parse = (expression, options) => {
    const { attrNames, attrVals = {}, unusedAttrNames, unusedAttrVals } = options.context;
    if (LOOKS_AT_VALUES.test(expression)) return parse(expression, options);
    const types = Object.entries(attrVals).map(([name, value]) => [name, Object.keys(value)[0]]);
    const key = JSON.stringify([expression, attrNames, types]);
    const known = forms.get(key);
    if (known !== undefined) {
      for (const name of known.usedNames) delete unusedAttrNames[name];
      for (const name of known.usedVals) delete unusedAttrVals[name];
      return fill(known.parsed, known.names, attrVals);
    }
    const before = { names: Object.keys(unusedAttrNames), vals: Object.keys(unusedAttrVals) };
    const parsed = parse(expression, options);
    const form: Form = {
      parsed,
      names: new Map(Object.entries(attrVals).map(([name, value]) => [value, name])),
      usedNames: before.names.filter((name) => !(name in unusedAttrNames)),
      usedVals: before.vals.filter((name) => !(name in unusedAttrVals)),
    };
    forms.set(key, form);
    return fill(parsed, form.names, attrVals);
  };
}

/** dynalite writes into what was parsed, so everybody has a copy. */
function fill(parsed: unknown, names: Form['names'], values: Readonly<Record<string, Value>>): unknown {
  if (typeof parsed !== 'object' || parsed === null) return parsed;
  const name = names.get(parsed);
  if (name !== undefined) return values[name];
  if (Array.isArray(parsed)) return parsed.map((one) => fill(one, names, values));
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(parsed)) copy[key] = fill(one, names, values);
  return copy;
}
