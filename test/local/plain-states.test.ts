import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/domain/json.ts';
import type { State } from '../../lib/local/definition.ts';
import { plainState, valueAt } from '../../lib/local/plain-states.ts';

const rule = (word: string) => ({ Variable: '$.next', StringEquals: word, Next: `To${word}` });
const CHOICE: State = { Type: 'Choice', Choices: [rule('A'), rule('B')], Default: 'Other' };
const run = (state: State, input: Json) => plainState(state)?.(input);

describe('a state that needs no interpreter', () => {
  it('routes by the text of one field, and what is passed on is what came in', () => {
    const input = { next: 'B', more: [1] };
    expect(run(CHOICE, input)).toEqual({ kind: 'next', state: 'ToB', output: input });
    expect(run(CHOICE, { next: 'C' })).toEqual({ kind: 'next', state: 'Other', output: { next: 'C' } });
  });

  it.each<[Json, string]>([
    [{ runId: 'r' }, 'Start'],
    [{ runId: null }, 'Start'],
    [{ flowId: 'f' }, 'Accept'],
    [{}, 'Accept'],
  ])('routes %j by whether a field is there', (input, state) => {
    const presence = { Variable: '$.runId', IsPresent: true, Next: 'Start' };
    expect(run({ Type: 'Choice', Choices: [presence], Default: 'Accept' }, input)).toMatchObject({ state });
    const absence = { Variable: '$.runId', IsPresent: false, Next: 'Accept' };
    expect(run({ Type: 'Choice', Choices: [absence], Default: 'Start' }, input)).toMatchObject({ state });
    expect(run({ Type: 'Choice', Choices: [presence], Default: 'Accept' }, 'text')).toBeUndefined();
  });

  it('waits and succeeds', () => {
    expect(run({ Type: 'Wait', SecondsPath: '$.s', Next: 'Poll' }, { s: 1 })).toMatchObject({ state: 'Poll' });
    expect(run({ Type: 'Wait', Seconds: 1, End: true }, {})).toEqual({ kind: 'end', output: {} });
    expect(run({ Type: 'Succeed' }, { a: 1 })).toEqual({ kind: 'end', output: { a: 1 } });
  });
});

describe('leaves to the interpreter, which knows the rules,', () => {
  it.each<[string, State, Json]>([
    ['a field that is not there', CHOICE, {}],
    ['a field that is no text', CHOICE, { next: 1 }],
    ['an input that is no object', CHOICE, 'A'],
    ['no rule and no default', { Type: 'Choice', Choices: [rule('A')] }, { next: 'B' }],
    [
      'another kind of rule',
      { Type: 'Choice', Choices: [{ ...rule('A'), StringEquals: undefined as never, IsNull: true }] },
      {},
    ],
    ['a rule with an inherited name', { Type: 'Choice', Choices: [{ ...rule('A'), Variable: '$.constructor' }] }, {}],
    ['an output path', { ...CHOICE, OutputPath: '$.more' }, { next: 'A' }],
    ['a task', { Type: 'Task', Resource: 'x', Next: 'A' }, {}],
    ['a failure', { Type: 'Fail', Error: 'E' }, {}],
  ])('%s', (_, state, input) => {
    expect(run(state, input)).toBeUndefined();
  });
});

it('a path that says more than a name has no value here', () => {
  const input = { a: { b: 1 }, list: [1] };
  expect(valueAt(input, '$.a')).toEqual({ b: 1 });
  for (const path of ['$', '$.a.b', '$.list[0]', '$$.a', '$..a', 'a', undefined, 1]) {
    expect(valueAt(input, path)).toBeUndefined();
  }
});
