import { describe, expect, it } from 'vitest';
import { parseSettleInput, parseTaskInput } from '../../lib/domain/machine-state.ts';
import { parseSweepInput } from '../../lib/workflow/sweep.ts';

const runId = 'run_01KB0000000000000000000000';

describe('the input of a task', () => {
  it('is the state of the machine, of which only the place is read', () => {
    const state = { runId, generation: 2, lap: 7, next: 'WAIT', waitSeconds: 30, status: 'RUNNING', reason: 'x' };
    expect(parseTaskInput(state)).toEqual({ runId, generation: 2, lap: 7 });
  });

  it('may be a run id alone, as a human starts an execution', () => {
    expect(parseTaskInput({ runId })).toEqual({ runId, generation: 1, lap: 0 });
  });

  it('is refused with every field that does not fit, by its name, and without its value', () => {
    const wrong = () => parseTaskInput({ runId: 'canary', generation: 0, lap: 1.5 });
    expect(wrong).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        issues: [
          { path: 'runId', message: 'expected a run id' },
          { path: 'generation', message: 'expected a whole number from 1' },
          { path: 'lap', message: 'expected a whole number from 0' },
        ],
      }),
    );
    expect(wrong).not.toThrow('canary');
  });

  it.each([undefined, null, 'text', [], 7])('is refused when it is %j and no object', (event) => {
    expect(() => parseTaskInput(event)).toThrow('event: expected an object');
  });

  it('is not read from what an object inherits, which the sender did not write', () => {
    expect(() => parseTaskInput(Object.create({ runId }))).toThrow('runId: expected a run id');
  });

  it.each([null, '1', Number.NaN, -1, 2 ** 53])('has no lap %j, which would never count up', (lap) => {
    expect(() => parseTaskInput({ runId, lap })).toThrow('lap: expected a whole number from 0');
  });
});

describe('the input of the catch-all', () => {
  it('needs the name of what was caught, since the run ends with it', () => {
    for (const failure of [undefined, null, {}, { Error: 1 }, { Error: 'x', Cause: 2 }])
      expect(() => parseSettleInput({ runId, failure })).toThrow('failure: expected an object');
    const failure = { Error: 'States.Timeout' };
    expect(parseSettleInput({ runId, failure })).toEqual({ runId, generation: 1, lap: 0, failure });
  });
});

describe('the input of the repair job', () => {
  it('is whatever the schedule sends, with a minute’s patience unless it says otherwise', () => {
    expect(parseSweepInput({ version: '0', source: 'aws.events' })).toEqual({ acceptedForMs: 60_000 });
    expect(parseSweepInput({ acceptedForMs: 0 })).toEqual({ acceptedForMs: 0 });
    expect(() => parseSweepInput({ acceptedForMs: '1m' })).toThrow('acceptedForMs: expected a whole number from 0');
  });
});
