import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { type Parser, parseFormsOnce } from './services/expression-forms.ts';

const load = createRequire(import.meta.url);

const parserOf = (name: string) => ({ ...(load(`dynalite/db/${name}`) as Parser) });
const { compare } = load('dynalite/db') as { compare: unknown };

type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Names = Readonly<Record<string, string>>;

function contextOf(values: Values | undefined, names: Names | undefined) {
  const unused = (given: object | undefined) =>
    Object.fromEntries(Object.keys(given ?? {}).map((name) => [name, true as const]));
  return {
    ...(names !== undefined && { attrNames: names }),
    ...(values !== undefined && { attrVals: values }),
    unusedAttrNames: unused(names),
    unusedAttrVals: unused(values),
    isReserved: (name: string) => name === 'status',
    compare,
  };
}

/** What a parser says, and what it leaves unused. */
function told(parser: Parser, expression: string, values?: Values, names?: Names) {
  const context = contextOf(values, names);
  let said: unknown;
  try {
    said = parser.parse(expression, { context });
  } catch (error) {
    said = (error as Error).message;
  }
  return JSON.parse(JSON.stringify({ said, unused: [context.unusedAttrNames, context.unusedAttrVals] })) as unknown;
}

const N = (value: number) => ({ N: String(value) });
const S = (value: string) => ({ S: value });

interface Asked {
  readonly parser: string;
  readonly expression: string;
  readonly calls: readonly (readonly [Values?, Names?])[];
}

const asked = (parser: string, expression: string, ...calls: Asked['calls']): Asked => ({ parser, expression, calls });

const ASKED = [
  asked('conditionParser', 'attribute_not_exists(pk)', []),
  asked('conditionParser', 'version = :was', [{ ':was': N(1) }], [{ ':was': N(2) }], [{ ':was': S('three') }]),
  asked(
    'conditionParser',
    'pk = :pk AND begins_with(sk, :p)',
    [{ ':pk': S('a'), ':p': S('b') }],
    [{ ':pk': S('c'), ':p': N(1) }],
  ),
  asked(
    'conditionParser',
    '#a < :x OR size(#b) > :x',
    [{ ':x': N(1) }, { '#a': 'one', '#b': 'two' }],
    [{ ':x': N(1) }, { '#a': 'two', '#b': 'one' }],
  ),
  asked(
    'conditionParser',
    '#a = :x',
    [{ ':x': N(1), ':y': N(2) }, { '#a': 'one' }],
    [{ ':x': N(1) }, { '#a': 'one', '#c': 'three' }],
  ),
  asked(
    'conditionParser',
    'a BETWEEN :low AND :high',
    [{ ':low': N(1), ':high': N(2) }],
    [{ ':low': N(2), ':high': N(1) }],
  ),
  asked('conditionParser', 'attribute_type(a, :t)', [{ ':t': S('N') }], [{ ':t': S('nothing') }]),
  asked('conditionParser', 'a = :missing', [{ ':x': N(1) }], [{ ':missing': N(1) }]),
  asked('conditionParser', 'status = :x', [{ ':x': N(1) }], [{ ':x': N(2) }]),
  asked('conditionParser', 'a = = b', [], []),
  asked(
    'updateParser',
    'SET a = :x, b.#c = if_not_exists(b.#c, :zero) + :x REMOVE d',
    [{ ':x': N(1), ':zero': N(0) }, { '#c': 'run' }],
    [{ ':x': N(7), ':zero': N(3) }, { '#c': 'other' }],
  ),
  asked('updateParser', 'ADD a :x', [{ ':x': N(1) }], [{ ':x': S('one') }], [{ ':x': { SS: ['one'] } }]),
];

describe('an expression that is parsed once for each form', () => {
  test.each(ASKED)(
    '$parser: $expression says what the parser says, each time',
    ({ parser: name, expression, calls }) => {
      const once = parserOf(name);
      parseFormsOnce(once);
      for (const [values, names] of [...calls, ...calls])
        expect(told(once, expression, values, names)).toEqual(told(parserOf(name), expression, values, names));
    },
  );

  test('is parsed once', () => {
    let asked = 0;
    const { parse } = parserOf('conditionParser');
    const parser: Parser = { parse: (...given) => ++asked && parse(...given) };
    parseFormsOnce(parser);
    for (let version = 0; version < 10; version += 1) told(parser, 'version = :was', { ':was': N(version) });
    expect(asked).toBe(1);
  });

  test("is nobody else's, so that what is written into it is not seen by the next", () => {
    const parser = parserOf('updateParser');
    parseFormsOnce(parser);
    const parsed = () =>
      parser.parse('SET a = :x', { context: contextOf({ ':x': N(1) }, undefined) }) as { sections: { val: unknown }[] };
    const [section] = parsed().sections;
    if (section !== undefined) section.val = 'changed';
    expect(parsed().sections[0]?.val).toEqual(N(1));
  });
});
