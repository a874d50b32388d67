import { describe, expect, it } from 'vitest';
import type { Change } from '../../lib/local/execution-store.ts';
import { createJournal } from '../../lib/local/journal.ts';
import { DEFINITION } from './fixtures/definition.ts';
import { localStepFunctions, untilIdle } from './helpers/local-step-functions.ts';
import { virtualClock } from './helpers/virtual-clock.ts';

const event = (type: string) => ({ type });
const checkpoint = (state: string) => ({ state, input: {}, enteredAtMs: 0 });

function journal() {
  const changes: Change[] = [];
  const write = async (change: Change) => void changes.push(change);
  const execution = { name: 'a', lastEventId: 3 };
  return { ...createJournal({ write } as never, virtualClock()), execution, changes };
}

describe('a journal', () => {
  it('writes what it held back together with what follows, numbered in order', async () => {
    const { write, hold, execution, changes } = journal();
    hold(execution, [event('one')], { checkpoint: checkpoint('first') });
    hold(execution, [event('two')], { checkpoint: checkpoint('second') });
    expect(changes).toEqual([]);
    await write(execution, [event('three')]);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ name: 'a', checkpoint: { state: 'second' } });
    expect(changes[0]?.events?.map(({ id, type }) => [id, type])).toEqual([
      [4, 'one'],
      [5, 'two'],
      [6, 'three'],
    ]);
  });

  it('writes nothing twice', async () => {
    const { write, hold, execution, changes } = journal();
    hold(execution, [event('one')]);
    await write(execution, []);
    await write(execution, [event('two')], { checkpoint: null });
    expect(changes[1]?.events?.map(({ type }) => type)).toEqual(['two']);
    expect(changes[1]?.checkpoint).toBeNull();
  });
});

it('a function is called only once its state is on disk, so that a crash finds where it was', async () => {
  const seen: unknown[] = [];
  const local = await localStepFunctions({
    definition: DEFINITION,
    clock: virtualClock(),
    handlers: {
      start: async () => {
        seen.push((await local.store.checkpoint('a'))?.state, (await local.store.lastEvent('a'))?.type);
        return { next: 'SUCCEEDED' };
      },
    },
  });
  await local.executions.start('a', '{}');
  await untilIdle(local.executions);
  expect(seen).toEqual(['Start', 'LambdaFunctionStarted']);
});
