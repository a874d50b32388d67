import { describe, expect, it } from 'vitest';
import { formFields } from '../../lib/console/model/form-fields.ts';
import { errorAt, placeIssues, readForm } from '../../lib/console/model/form-values.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import { parameterSchema, parametersJsonSchema } from '../../lib/domain/parameters.ts';
import { SMART_FLOWS, SMART_FLOWS_SCENARIOS } from '../../lib/simulators/smart-flows/scenarios.ts';
import { progressView } from '../../lib/simulators/smart-flows/views.ts';

const declared = {
  name: parameterSchema.parse({ type: 'text', required: true, description: 'As on the contract' }),
  sum: parameterSchema.parse({ type: 'number', default: 12.5 }),
  from: parameterSchema.parse({ type: 'date' }),
  mail: parameterSchema.parse({ type: 'email', sensitive: true }),
  urgent: parameterSchema.parse({ type: 'boolean' }),
  extras: parameterSchema.parse({ type: 'json' }),
};

const entered = { name: 'Ada', sum: '3', from: '2026-02-28', mail: 'a@b.c', urgent: 'true', extras: '[1,{"a":null}]' };

/** As the simulated Smart Flows asks it. */
function question(): JsonObject {
  const flowId = SMART_FLOWS.onboarding;
  const scenario = SMART_FLOWS_SCENARIOS[flowId];
  if (scenario === undefined) throw new Error('The sample flow is gone.');
  const common = { inputData: {}, gates: [], answers: [], documentIds: ['d'], callbackId: 'c' } as const;
  return progressView({
    job: { id: 'x', flowId, mode: 'interactive', createdAt: 0, ...common },
    scenario,
    now: 60_000,
    inputWord: 'UserInput',
    canceledWord: 'Canceled',
    showInput: 'never',
    documentsAfterMs: 0,
  });
}

describe('the fields of a form', () => {
  it('are those of a flow’s parameters, each of its kind, so that nobody has to know JSON Schema', () => {
    const fields = formFields(parametersJsonSchema(declared));
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['name', 'text', true],
      ['sum', 'number', false],
      ['from', 'date', false],
      ['mail', 'email', false],
      ['urgent', 'boolean', false],
      ['extras', 'json', false],
    ]);
    expect(fields[0]).toMatchObject({ label: 'name', hint: 'As on the contract', initial: '' });
    expect(fields[1]).toMatchObject({ initial: '12.5' });
    expect(fields[3]).toMatchObject({ sensitive: true });
  });

  it('are those of a question of Smart Flows under the titles of its own page, answered by their keys', () => {
    const { schema, model, form } = question();
    const fields = formFields({ schema, model, form } as JsonObject);
    expect(fields.map(({ label, kind, sendsEmpty }) => [label, kind, sendsEmpty])).toEqual([
      ['City', 'text', true],
      ['Start date', 'text', true],
    ]);
    const [first] = fields;
    const { values } = readForm(fields, { [first?.name ?? '']: 'Ghent' });
    expect(Object.keys(values)).toEqual(Object.keys((schema as { properties: JsonObject }).properties));
    expect(Object.values(values)).toContain('Ghent');
  });

  it('follow the layout of a question in order, groups and choices included, and hide what it hides', () => {
    const fields = formFields({
      schema: {
        properties: {
          b: { type: 'string' },
          a: { type: 'string', enum: ['x', 'y'] },
          hidden: { type: 'string' },
          must: { type: 'integer', minimum: 1 },
        },
        required: ['must'],
      },
      model: { a: 'y' },
      form: [{ type: 'fieldset', items: ['a', { key: 'b', title: 'Bee', type: 'textarea' }] }],
    });
    expect(fields.map(({ name, kind, label }) => [name, kind, label])).toEqual([
      ['a', 'choice', 'a'],
      ['b', 'long-text', 'Bee'],
      ['must', 'number', 'must'],
    ]);
    expect(fields[0]).toMatchObject({ initial: '"y"' });
  });

  it('are text where a question has a layout but no schema, and none where nothing is understood', () => {
    expect(formFields({ form: [{ items: [{ key: 'k', title: 'Town' }] }] })).toMatchObject([
      { name: 'k', kind: 'text', label: 'Town' },
    ]);
    expect(formFields({})).toEqual([]);
    expect(formFields({ schema: 'odd', form: 7, model: null })).toEqual([]);
    expect(formFields({ properties: { a: 5, b: { type: ['string', 'null'] }, c: { type: 'object' } } })).toMatchObject([
      { kind: 'json' },
      { kind: 'text' },
      { kind: 'json' },
    ]);
  });
});

describe('what was entered', () => {
  const fields = formFields(parametersJsonSchema(declared));

  it('becomes values of the declared types', () => {
    expect(readForm(fields, entered)).toEqual({
      errors: {},
      values: { name: 'Ada', sum: 3, from: '2026-02-28', mail: 'a@b.c', urgent: true, extras: [1, { a: null }] },
    });
  });

  it('is left out where it is empty, so that defaults of the flow apply', () => {
    expect(readForm(fields, { name: 'Ada', urgent: '' })).toEqual({ errors: {}, values: { name: 'Ada' } });
  });

  it.each([
    ['name', ' '],
    ['sum', '1,5'],
    ['sum', '0x10'],
    ['sum', '12345678901234567890'],
    ['from', '2026-02-30'],
    ['mail', 'nobody'],
    ['urgent', 'perhaps'],
    ['extras', '{a: 1}'],
  ])('is refused at its field where %s is %j, before anything is sent', (name, text) => {
    expect(Object.keys(readForm(fields, { ...entered, [name]: text }).errors)).toEqual([name]);
  });

  it('keeps within the limits of the schema', () => {
    const limited = formFields({
      properties: {
        whole: { type: 'integer', minimum: 2, maximum: 4 },
        code: { type: 'string', pattern: '^[A-Z]+$', minLength: 2, maxLength: 3 },
        odd: { type: 'string', pattern: '(' },
      },
    });
    const wrong = (values: Record<string, string>) => Object.keys(readForm(limited, values).errors);
    expect(wrong({ whole: '2.5' })).toEqual(['whole']);
    expect(wrong({ whole: '5', code: 'A' })).toEqual(['whole', 'code']);
    expect(wrong({ whole: '1', code: 'ABCD' })).toEqual(['whole', 'code']);
    expect(wrong({ code: 'ab' })).toEqual(['code']);
    expect(wrong({ whole: '3', code: 'AB', odd: 'anything' })).toEqual([]);
  });

  it('gets the API’s refusals at the field they are about, and all others are kept for the whole form', () => {
    const dotted = formFields({ properties: { b: { type: 'string' }, 'a.b': { type: 'string' } } });
    expect(
      placeIssues(dotted, [
        { path: 'parameters.b', message: 'required (text)' },
        { path: 'values.a.b', message: 'too long' },
        { path: 'businessKey', message: 'too long' },
      ]),
    ).toEqual({
      errors: { b: 'Required (text).', 'a.b': 'Too long.' },
      others: [{ path: 'businessKey', message: 'too long' }],
    });
  });

  it('takes a field whatever it is called, also as what every object has', () => {
    const names = ['constructor', 'toString', '__proto__'];
    const fields = formFields(JSON.parse(`{"properties":{${names.map((name) => `"${name}":{"type":"string"}`)}}}`));
    expect(fields.map(({ name }) => name)).toEqual(names);
    const { values, errors } = readForm(fields, { toString: 'x' } as never);
    expect([Object.entries(values), errors]).toEqual([[['toString', 'x']], {}]);
    expect(names.map((name) => errorAt(errors, name))).toEqual([undefined, undefined, undefined]);
    expect(errorAt({ toString: 'Choose one.' } as never, 'toString')).toBe('Choose one.');
  });
});
