import { describe, expect, it } from 'vitest';
import { toApiNames } from '../../lib/domain/api-names.ts';
import { formatDuration, parseDuration } from '../../lib/domain/duration.ts';
import type { Json } from '../../lib/domain/json.ts';
import {
  checkParameters,
  type ParameterType,
  parameterSchema,
  parametersJsonSchema,
} from '../../lib/domain/parameters.ts';

const CASES: Readonly<Record<ParameterType, { readonly good: readonly Json[]; readonly bad: readonly Json[] }>> = {
  text: { good: ['', 'a', '2'], bad: [2, true, null, ['a'], 'x'.repeat(65_537)] },
  number: { good: [0, -1.5, 1e300], bad: ['1', true, null] },
  date: {
    good: ['2026-02-28', '2028-02-29'],
    bad: ['2026-02-29', '2026-2-1', '28.02.2026', '2026-02-28T00:00:00Z', 20260228],
  },
  email: { good: ['a@b.c', 'jane.roe+x@example.com'], bad: ['a', 'a@', '@b', 'a b@c.d', 'a@b@c', 7] },
  boolean: { good: [true, false], bad: ['true', 0, null] },
  json: { good: [{ a: [1] }, [], 'x', null, 1], bad: [] },
};

describe('parameters', () => {
  for (const [type, { good, bad }] of Object.entries(CASES)) {
    it(`takes a ${type} as it is and nothing that only resembles one`, () => {
      const declared = { value: parameterSchema.parse({ type }) };
      for (const value of good) expect(checkParameters(declared, { value })).toEqual({ values: { value }, issues: [] });
      for (const value of bad)
        expect(checkParameters(declared, { value }).issues, JSON.stringify(value)).toHaveLength(1);
    });
  }

  it('refuses names it does not know, those of the prototype included', () => {
    const given = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}');
    expect(checkParameters({}, given).issues.map(({ path }) => path)).toEqual([
      'parameters.__proto__',
      'parameters.constructor',
      'parameters.toString',
    ]);
  });

  it('asks for what is required, fills in defaults and names things as the platform does', () => {
    const declared = {
      name: parameterSchema.parse({ type: 'text', required: true, apiName: 'employee_name' }),
      days: parameterSchema.parse({ type: 'number', default: 3 }),
    };
    expect(checkParameters(declared, {}).issues).toEqual([{ path: 'parameters.name', message: 'required (text)' }]);
    const { values } = checkParameters(declared, { name: 'Jane' });
    expect(toApiNames(declared, values)).toEqual({ employee_name: 'Jane', days: 3 });
    expect(parametersJsonSchema(declared)).toMatchObject({ required: ['name'], additionalProperties: false });
  });
});

describe('durations', () => {
  it('reads and writes what people write', () => {
    expect(['90s', '10m', '2h', '7d', '250ms'].map(parseDuration)).toEqual([
      90_000, 600_000, 7_200_000, 604_800_000, 250,
    ]);
    expect(['', '5', '-1s', '1.5h', '2 h', 'PT2H'].map(parseDuration)).toEqual(Array(6).fill(undefined));
    // More milliseconds than a number counts exactly.
    expect(['104249991d', '104249992d', '999999999d'].map(parseDuration)).toEqual([
      9_007_199_222_400_000,
      undefined,
      undefined,
    ]);
    expect([250, 90_000, 8_100_000, 90_061_000].map(formatDuration)).toEqual(['250ms', '1m 30s', '2h 15m', '1d 1h']);
  });
});
