import { describe, expect, it } from 'vitest';
import { parseSettleEvent } from '../../lib/domain/settle-event.ts';

const runId = 'run_01KB0000000000000000000000';
const failure = { Error: 'ExecutionStopped', Cause: 'ABORTED' };

describe('the input of the settle function', () => {
  it('is the state with what was caught, when the machine itself calls', () => {
    const event = { runId, generation: 3, lap: 12, failure };
    expect(parseSettleEvent(event)).toEqual(event);
  });

  it('is read out of the name of a stopped execution, because its input is text within text', () => {
    const event = { execution: `${runId}-g12`, failure };
    expect(parseSettleEvent(event)).toEqual({ execution: `${runId}-g12`, run: { runId, generation: 12 }, failure });
  });

  it.each(['nightly', runId, `${runId}-g0`, `${runId}-g1x`, `x${runId}-g1`])(
    'says of an execution named %j only that, because a person named it',
    (execution) => {
      expect(parseSettleEvent({ execution, failure })).toEqual({ execution, failure });
    },
  );

  it.each(['', 'two words', 'x'.repeat(81)])('is refused for %j, which is no name of an execution', (execution) => {
    expect(() => parseSettleEvent({ execution, failure })).toThrow('execution: expected the name of an execution');
  });
});
