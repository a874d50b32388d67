/** Requests made of the document: what it allows, and what no document allows. */
import fc from 'fast-check';
import { anyValue, fromSchema, hostileText } from './arbitrary-values.ts';
import { type JsonSchema, type Operation, operations } from './document.ts';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Undefined, but once in so many times. */
const rarely = <Value>(times: number, arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

type Change = (value: unknown) => unknown;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const onRecord =
  (change: (value: Record<string, unknown>) => unknown): Change =>
  (value) =>
    isRecord(value) ? change(value) : value;

/** One thing wrong with a body. */
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), anyValue).map(([at, other]) =>
    onRecord((value) => {
      const names = Object.keys(value);
      return names.length === 0 ? other : { ...value, [names[at % names.length] ?? '']: other };
    }),
  ),
  fc
    .nat()
    .map((at) =>
      onRecord((value) =>
        Object.fromEntries(Object.entries(value).filter((_, index, all) => index !== at % all.length)),
      ),
    ),
  fc.tuple(hostileText, anyValue).map(([name, other]) => onRecord((value) => ({ ...value, [name]: other }))),
  anyValue.map((other) => () => other),
  fc.constant((value: unknown) =>
    Array.from({ length: 40 }).reduce<unknown>((inner) => ({ parameters: inner }), value),
  ),
  fc.constant(
    onRecord((value) => ({
      ...value,
      parameters: Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1])),
    })),
  ),
);

/** One thing wrong with a text. */
const breaks: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  hostileText.map((other) => () => other),
  fc.constant(
    (text: string) => `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${text.slice(1)}`,
  ),
  fc.constant((text: string) => `${text}${' '.repeat(262_144)}`),
  fc.constant(() => '['.repeat(100_000)),
);

function bodyOf({ requestBody }: Operation, fitting?: fc.Arbitrary<unknown>): fc.Arbitrary<string | undefined> {
  if (requestBody === undefined) return rarely(10, hostileText);
  const allowed = fromSchema(requestBody.content['application/json'].schema);
  const valid = fitting === undefined ? allowed : fc.oneof(allowed, fitting);
  const text = valid.map((value) => JSON.stringify(value) ?? '');
  const changed = fc.tuple(valid, changes).map(([value, change]) => JSON.stringify(change(value)) ?? '');
  const broken = fc.tuple(text, breaks).map(([value, change]) => change(value));
  return fc.oneof(
    { weight: 5, arbitrary: text },
    { weight: 4, arbitrary: changed },
    { weight: 1, arbitrary: broken },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** What may stand in a header at all. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const mediaType = fc.oneof(
  { weight: 20, arbitrary: fc.constant<string | undefined>('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'multipart/form-data; boundary=x',
    ),
  },
  { weight: 1, arbitrary: headerText },
);

/** Values that mean something. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  Prefer: ['wait=1', 'wait=999999', 'respond-async; wait="3"', 'wait='],
  'If-None-Match': ['"1"', '*', 'W/"1", "2"'],
  'Idempotency-Key': ['one', 'two'],
};

function headersOf({ parameters = [] }: Operation): fc.Arbitrary<Record<string, string>> {
  const known = parameters.filter((parameter) => parameter.in === 'header');
  const fields = known.map(
    ({ name, schema }) =>
      [
        name,
        fc.oneof(
          fromSchema(schema)
            .filter((value) => /^[\x20-\xff]*$/.test(String(value)))
            .map(String),
          fc.constantFrom(...(HEADERS[name] ?? [''])),
          headerText,
        ),
      ] as const,
  );
  const extra = rarely(30, fc.constantFrom('gzip', 'identity', 'br'));
  return fc
    .tuple(fc.record(Object.fromEntries(fields), { requiredKeys: [] }), mediaType, extra)
    .map(([own, type, encoding]) => ({
      ...own,
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    }));
}

function queryOf({ parameters = [] }: Operation): fc.Arbitrary<string> {
  const known = parameters.filter((parameter) => parameter.in === 'query');
  const valid = known.map(({ name, schema }) =>
    fromSchema(schema).map((value) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
    ),
  );
  const some =
    valid.length === 0
      ? fc.constant([])
      : fc.subarray(valid, { maxLength: Math.min(valid.length, 3) }).chain((chosen) => fc.tuple(...chosen));
  const wrong = fc.tuple(
    fc.oneof(hostileText, fc.constantFrom('__proto__', 'cursor', ...known.map(({ name }) => name))),
    hostileText,
  );
  const pairs = fc
    .tuple(some, rarely(4, wrong))
    .map(([fitting, other]) => [...fitting.flat(), ...(other === undefined ? [] : [other])]);
  const encoded = pairs.map((list) => list.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&'));
  return fc.oneof(
    { weight: 15, arbitrary: encoded },
    { weight: 1, arbitrary: fc.constantFrom('%', '%E0%A4%A', '&&==', '=', '+', 'limit') },
  );
}

const escaped = (text: string) => encodeURIComponent(text.toWellFormed());

export interface Known {
  /** What exists, by the name of the path's parameter. */
  readonly ids: Readonly<Record<string, fc.Arbitrary<string>>>;
  /** Bodies that the document alone cannot tell, by operation. */
  readonly bodies: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

export function requests({ ids: known, bodies }: Known): fc.Arbitrary<FuzzRequest> {
  const segment = (name: string, schema: JsonSchema) =>
    fc.oneof(
      { weight: 8, arbitrary: known[name] ?? fromSchema(schema).map(String) },
      { weight: 1, arbitrary: fromSchema(schema).map((value) => escaped(String(value))) },
      {
        weight: 1,
        arbitrary: fc.oneof(hostileText.map(escaped), fc.constantFrom('%', '%2e%2e', '%00', '..%2f..', '*', ':runId')),
      },
    );
  const each = operations.map(({ method, path, operation }) => {
    const places = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    const ids = fc.tuple(...places.map(({ name, schema }) => segment(name, schema)));
    const verb = fc.oneof(
      { weight: 30, arbitrary: fc.constant(method) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS') },
    );
    return fc
      .tuple(ids, queryOf(operation), headersOf(operation), bodyOf(operation, bodies[operation.operationId]), verb)
      .map(([values, query, headers, body, chosen]) => ({
        method: chosen,
        path: `${places.reduce((rest, { name }, index) => rest.replace(`{${name}}`, () => values[index] ?? ''), path)}${query === '' ? '' : `?${query}`}`,
        headers,
        ...(body === undefined || chosen === 'GET' || chosen === 'HEAD' ? {} : { body }),
      }));
  });
  return fc.oneof(...each);
}
