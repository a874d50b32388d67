/** Small events, checked by hand: a schema library would take longer to load than all that a function does with it. */
import { InvalidInputError, type Issue } from './errors.ts';

export interface Field<Value> {
  /** Ends the sentence "expected …". */
  readonly expected: string;
  fits(value: unknown): boolean;
  /** What an absent field means; without it, the field is required. */
  readonly absent?: Value;
}

type Fields<Values> = { readonly [Name in keyof Values]: Field<Values[Name]> };

export function text(pattern: RegExp, expected: string): Field<string> {
  return { expected, fits: (value) => typeof value === 'string' && pattern.test(value) };
}

export function wholeNumber(min: number, absent: number): Field<number> {
  return {
    expected: `a whole number from ${min}`,
    fits: (value) => Number.isSafeInteger(value) && Number(value) >= min,
    absent,
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an event, and no others. @throws InvalidInputError with every field that does not fit, by its name. */
export function readFields<Values extends object>(event: unknown, fields: Fields<Values>): Values {
  const given = isObject(event) ? event : {};
  const issues: Issue[] = isObject(event) ? [] : [{ path: 'event', message: 'expected an object' }];
  const values = Object.entries<Field<unknown>>(fields).map(([name, field]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && field.absent !== undefined) return [name, field.absent];
    if (!field.fits(value)) issues.push({ path: name, message: `expected ${field.expected}` });
    return [name, value];
  });
  if (issues.length === 0) return Object.fromEntries(values);
  throw new InvalidInputError('the event is not what this function takes', issues);
}
