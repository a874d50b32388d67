import { describe, expect, it } from 'vitest';
import { readArgs } from '../../lib/cli/frame/errand-args.ts';
import { nearestName } from '../../lib/cli/frame/nearest-name.ts';
import { pairsOf } from '../../lib/cli/frame/option-pairs.ts';
import { fieldsOf, typedAnswer } from '../../lib/cli/runs/answer-form.ts';
import { consolePage, pageOfExecution } from '../../lib/cli/runs/console-links.ts';
import { onePart, partsOf } from '../../lib/cli/runs/output-parts.ts';
import { readParameters } from '../../lib/cli/runs/parameter-values.ts';
import { filtersOf, limitOf } from '../../lib/cli/runs/run-filters.ts';
import { bytesWords } from '../../lib/cli/runs/run-summary.ts';
import { startKeyOf } from '../../lib/cli/runs/start-key.ts';

describe('options', () => {
  const args = {
    flow: { type: 'positional', required: false },
    param: { type: 'string' },
    key: { type: 'string' },
    out: { type: 'string', alias: 'o' },
    wait: { type: 'boolean' },
    'business-key': { type: 'string' },
    limit: { type: 'string', default: '20' },
  } as const;
  const read = (...words: readonly string[]) => readArgs(args, words, ['param']);

  it('are read by name, by letter and with their defaults; repeatable ones keep each value', () => {
    const { values, all } = read('f', '--param', 'a=1', '--param=b=--x', '-o', '-', '--wait', '--business-key', 'k');
    expect(values).toMatchObject({
      flow: 'f',
      out: '-',
      wait: true,
      'business-key': 'k',
      businessKey: 'k',
      limit: '20',
    });
    expect(all('param')).toEqual(['a=1', 'b=--x']);
    expect(all('key')).toEqual([]);
  });

  it('are refused when they are mistyped, negated, doubled or one too many', () => {
    expect(() => read('--wiat')).toThrow("Unknown option '--wiat'");
    expect(() => read('--no-wait')).toThrow("Unknown option '--no-wait'");
    expect(() => read('--key', 'a', '--key', 'b')).toThrow('--key is given 2 times and takes one value.');
    expect(() => read('f', 'g')).toThrow('"g" is one word too many.');
    expect(() => read('--wait=yes')).toThrow('--wait');
  });

  it('that are required are asked for by name', () => {
    expect(() => readArgs({ run: { type: 'positional', required: true } }, [])).toThrow('RUN is missing.');
    expect(() => readArgs({ reason: { type: 'string', required: true } }, [])).toThrow('--reason is missing.');
  });
});

describe('parameters on the command line', () => {
  const properties = {
    name: { type: 'string' },
    sum: { type: 'number' },
    day: { type: 'string', format: 'date' },
    mail: { type: 'string', format: 'email' },
    fast: { type: 'boolean' },
    more: {},
  };
  const flow = { parametersSchema: { properties, required: ['name'] } };
  const issuesOf = (...pairs: readonly string[]) =>
    readParameters(flow, ['name=x', ...pairs]).issues.map(({ name, message }) => `${name}: ${message}`);

  it('become what the flow declares', () => {
    const pairs = ['name=17', 'sum=12.5', 'day=2026-09-01', 'mail=a@b.example', 'fast=true', 'more={"a":[1]}'];
    expect(readParameters(flow, pairs)).toEqual({
      values: { name: '17', sum: 12.5, day: '2026-09-01', mail: 'a@b.example', fast: true, more: { a: [1] } },
      issues: [],
    });
  });

  it('keep what stands behind the first equals sign, and win over a file', () => {
    expect(readParameters(flow, ['name=a=b'], { name: 'c', sum: 1 }).values).toEqual({ name: 'a=b', sum: 1 });
    expect(readParameters(flow, ['name=']).values).toEqual({ name: '' });
  });

  it.each([
    ['sum=twelve', 'sum: expected a number such as 12.5'],
    ['sum=', 'sum: expected a number such as 12.5'],
    ['sum=Infinity', 'sum: expected a number such as 12.5'],
    ['sum=12345678901234567890', 'sum: has more digits than a number keeps (at most 9007199254740991)'],
    ['day=today', 'day: expected a date as YYYY-MM-DD'],
    ['mail=jane', 'mail: expected an e-mail address'],
    ['fast=yes', 'fast: expected true or false'],
    ['more=text', 'more: expected JSON, such as {"a":1}, [1,2] or "text" with its quotes'],
    ['sum', 'sum: expected --param sum=VALUE'],
    ['smu=1', 'smu: unknown, did you mean sum? Known are name, sum, day, mail, fast, more'],
    ['constructor=1', 'constructor: unknown; known are name, sum, day, mail, fast, more'],
    ['name=y', 'name: given more than once'],
  ])('are refused with a word for the field and never with the value: %s', (pair, issue) => {
    expect(issuesOf(pair)).toEqual([issue]);
  });

  it('that are missing or unknown are named whether they come one by one or in a file', () => {
    const { issues } = readParameters(flow, [], { nmae: 1 });
    expect(issues.map(({ name }) => name)).toEqual(['nmae', 'name']);
    const none = { parametersSchema: { properties: {}, required: [] } };
    expect(readParameters(none, ['a=1']).issues).toEqual([
      { name: 'a', message: 'unknown; this flow takes no parameters' },
    ]);
  });
});

describe('pairs of a name and a value', () => {
  it('are refused when one name has two values, of which one would be lost', () => {
    expect(pairsOf('--tag', ['a=1', 'b=1=2'])).toEqual({ a: '1', b: '1=2' });
    expect(() => pairsOf('--tag', ['a=1', 'a=2'])).toThrow('--tag is given more than once for "a".');
  });
});

describe('the key of a start', () => {
  it('is what was given, else one of its own; what no header carries is refused before anything is sent', () => {
    expect(startKeyOf('order 17')).toBe('order 17');
    expect(startKeyOf(undefined)).not.toBe(startKeyOf(undefined));
    for (const key of ['', ' a', '日本', 'a\nb', 'x'.repeat(256)])
      expect(() => startKeyOf(key)).toThrow('--key takes 1 to 255 printable ASCII characters');
  });
});

describe('filters of runs', () => {
  const now = Date.parse('2026-03-02T12:00:00Z');

  it('take statuses as people write them, and times as times, days or so long ago', () => {
    const options = { flow: 'f', 'business-key': 'k', 'remote-id': 'r', from: '2h', to: '2026-03-02T11:00:00+01:00' };
    expect(filtersOf(options, ['failed', 'timed-out'], now)).toEqual({
      status: ['FAILED', 'TIMED_OUT'],
      flow: 'f',
      businessKey: 'k',
      remoteId: 'r',
      from: '2026-03-02T10:00:00.000Z',
      to: '2026-03-02T10:00:00.000Z',
    });
    expect(filtersOf({ from: '2026-03-02' }, [], now)).toEqual({ from: new Date(2026, 2, 2).toISOString() });
  });

  it('are refused with what they take', () => {
    expect(() => filtersOf({}, ['faild'], now)).toThrow('There is no status "faild". Did you mean FAILED?');
    for (const from of ['soon', '1', '2026-99-99', '999999999d'])
      expect(() => filtersOf({ from }, [], now)).toThrow('--from takes a time such as 2026-08-31');
    for (const limit of ['0', '1.5', 'all', '1001'])
      expect(() => limitOf(limit)).toThrow('--limit takes a whole number from 1 to 1000');
    expect(limitOf('100')).toBe(100);
  });
});

describe('the parts of an output', () => {
  const file = (name: string, href = `/v1/runs/r/output/files/${encodeURIComponent(name)}`) => ({
    name,
    mediaType: 'application/pdf',
    bytes: 1,
    sha256: '',
    href,
  });
  const namesOf = (output: Parameters<typeof partsOf>[0]) => partsOf(output).map(({ name }) => name);

  it('have names of their own that lead nowhere else', () => {
    const files = [
      file('../../etc/passwd'),
      file('a\\b.pdf'),
      file('x', '/files/..'),
      file('Letter.pdf'),
      file('letter.pdf'),
      file('bad', '/files/%zz'),
    ];
    expect(namesOf({ value: { a: 1 }, files })).toEqual([
      'output.json',
      'passwd',
      'b.pdf',
      'file',
      'Letter.pdf',
      'letter-2.pdf',
      'bad',
    ]);
    expect(namesOf({ value: '<xml/>', files: [] })).toEqual(['output.txt']);
  });

  it('are never hidden, never longer than a disk takes, and never other than they look', () => {
    const files = [
      file('.bashrc'),
      file('invoice\u202Efdp.exe'),
      file(`${'ü'.repeat(190)}.pdf`),
      file(`${'ü'.repeat(190)}.pdf`),
      file(`a.${'漢'.repeat(190)}`),
    ];
    const names = namesOf({ files });
    expect(names.slice(0, 2)).toEqual(['_bashrc', 'invoice_fdp.exe']);
    expect(names.slice(2, 4)).toEqual([
      expect.stringMatching(/^ü{118}\.pdf$/),
      expect.stringMatching(/^ü{118}-2\.pdf$/),
    ]);
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });

  it('are asked for by name where there are several', () => {
    const parts = partsOf({ files: [file('a.pdf'), file('b.pdf')] });
    expect(onePart(parts, 'b.pdf').name).toBe('b.pdf');
    expect(() => onePart(parts, undefined)).toThrow('The output has 2 parts.');
    expect(() => onePart(parts, 'c.pdf')).toThrow('There is no "c.pdf" in the output. There are:\n  a.pdf (1 B)');
    expect(() => onePart([], undefined)).toThrow('brought nothing back');
    expect([bytesWords(0), bytesWords(999), bytesWords(1_250), bytesWords(5_000_000)]).toEqual([
      '0 B',
      '999 B',
      '1.3 kB',
      '5.0 MB',
    ]);
  });
});

describe('the form of a question', () => {
  it('is read as far as it is JSON Schema', () => {
    const schema = {
      properties: { city: { type: 'string', title: 'City' }, kind: { enum: ['a', 'b'] }, odd: true },
      required: ['city'],
    };
    const fields = [
      { name: 'city', title: 'City', type: 'string', isRequired: true },
      { name: 'kind', choices: ['a', 'b'], isRequired: false },
      { name: 'odd', isRequired: false },
    ];
    expect(fieldsOf({ schema, model: {} })).toEqual(fields);
    expect(fieldsOf(schema)).toEqual(fields);
    expect(fieldsOf(undefined)).toEqual([]);
    expect(fieldsOf({ schema: 'none' })).toEqual([]);
  });

  it('types what it can and leaves the rest to the platform', () => {
    expect(typedAnswer('integer', '3')).toBe(3);
    expect(typedAnswer('number', 'three')).toBe('three');
    expect(typedAnswer('boolean', 'false')).toBe(false);
    expect(typedAnswer('array', '["a"]')).toEqual(['a']);
    expect(typedAnswer('array', 'a')).toBe('a');
    expect(typedAnswer('string', '3')).toBe('3');
  });
});

describe('addresses for a browser', () => {
  it('are the console page below the API, stage included', () => {
    expect(consolePage('https://x.example/prod', 'run_1')).toBe('https://x.example/prod/console/runs/run_1');
  });

  it('are AWS’s own for an execution, and there is none for one on this machine', () => {
    const arn = 'arn:aws:states:eu-central-1:123456789012:execution:errand:run_1-g1';
    expect(pageOfExecution(arn)).toBe(
      `https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${arn}`,
    );
    expect(() => pageOfExecution(arn.replace('123456789012', '000000000000'))).toThrow('on this machine');
    expect(() => pageOfExecution('https://evil.example')).toThrow('on this machine');
  });
});

describe('the nearest name', () => {
  it('is the one that was probably meant, or none', () => {
    const known = ['onboard-employee', 'write-offer', 'import-orders'];
    expect(nearestName('onboard-employe', known)).toBe('onboard-employee');
    expect(nearestName('Write-Ofer', known)).toBe('write-offer');
    expect(nearestName('something-else-entirely', known)).toBeUndefined();
  });
});
