import { describe, expect, it } from 'vitest';
import { MAX_LAPS } from '../../lib/contract.ts';
import { InvalidInputError, StaleRunError } from '../../lib/domain/errors.ts';
import { enter, enterToSettle } from '../../lib/workflow/task.ts';
import { update } from '../../lib/workflow/update.ts';
import { at, startWorld } from './start-world.ts';

const ABSENT = 'run_00000000000000000000000099';

describe('a task of the machine', () => {
  it('has the run as it is, up to the last lap of its execution', async () => {
    const { world, id, run } = await startWorld({});
    for (const lap of [0, MAX_LAPS - 1])
      expect(await enter(world.dependencies, { runId: id, generation: 1, lap })).toEqual({ run: await run() });
  });

  it('goes on in a fresh execution after that, which is written once, however often it is entered', async () => {
    const { world, id, run } = await startWorld({});
    const place = { runId: id, generation: 1, lap: MAX_LAPS };
    const state = { next: 'ROLL_OVER', generation: 1, status: 'ACCEPTED' };
    expect(await enter(world.dependencies, place)).toMatchObject({ done: state });
    const once = await run();
    expect(once).toMatchObject({ generation: 2 });
    expect(once.events.at(-1)).toMatchObject({
      type: 'decision',
      message: 'Goes on in a fresh execution (generation 2).',
    });
    expect(await enter(world.dependencies, place)).toMatchObject({ done: state });
    expect(await run()).toEqual(once);
  });

  it('leaves a run alone that a later execution has', async () => {
    const { world, id, run } = await startWorld({}, { generation: 3 });
    const placeOf = (generation: number) => ({ runId: id, generation, lap: 0 });
    expect(await enter(world.dependencies, placeOf(2))).toMatchObject({ done: { next: 'ROLL_OVER', generation: 2 } });
    expect(await enter(world.dependencies, placeOf(3))).toEqual({ run: await run() });
    expect(await enterToSettle(world.dependencies, placeOf(2))).toMatchObject({ done: { next: 'SUCCEEDED' } });
    expect(await enterToSettle(world.dependencies, placeOf(3))).toEqual({ run: await run() });
  });

  it('ends as a run that has ended, and gives its slot back where the job is over', async () => {
    const error = { code: 'CANCELED', message: 'no more' };
    const { world, id } = await startWorld({}, { status: 'CANCELED', error, hasSlot: true });
    const place = { runId: id, generation: 1, lap: 0 };
    expect(await enter(world.dependencies, place)).toMatchObject({ done: { next: 'RELEASE', error: 'CANCELED' } });
    expect(await enterToSettle(world.dependencies, place)).toMatchObject({
      done: { next: 'FAILED', error: 'CANCELED' },
    });
  });

  it('that settles never rolls over: it ends what cannot go on', async () => {
    const { world, id, run } = await startWorld({});
    const place = { runId: id, generation: 1, lap: MAX_LAPS };
    expect(await enterToSettle(world.dependencies, place)).toEqual({ run: await run() });
  });

  it('of a run that there is not fails by name, and by what can be repeated', async () => {
    const { world } = await startWorld({});
    const place = { runId: ABSENT, generation: 1, lap: 0 };
    await expect(enter(world.dependencies, place)).rejects.toThrow(`There is no run ${ABSENT}.`);
    await expect(enter(world.dependencies, place)).rejects.not.toBeInstanceOf(InvalidInputError);
    await expect(enterToSettle(world.dependencies, place)).rejects.toBeInstanceOf(InvalidInputError);
  });
});

describe('an update', () => {
  it('is the next version with a line in the timeline, handed back as it was written', async () => {
    const { world, run } = await startWorld({});
    const before = await run();
    world.advance(3_000);
    const event = { type: 'decision', message: 'because' } as const;
    const after = await update(world.dependencies, before, { tags: { a: 'b' } }, event);
    expect(after).toEqual(await run());
    expect(after).toMatchObject({ version: before.version + 1, updatedAt: at(3_000), tags: { a: 'b' } });
    expect(after.writeId).not.toBe(before.writeId);
    expect(after.events.at(-1)).toMatchObject({ ...event, at: at(3_000) });
  });

  it('is refused when somebody else was first, whose version stays', async () => {
    const { world, run, write } = await startWorld({});
    const before = await run();
    await write({ tags: { first: 'yes' } });
    const event = { type: 'decision', message: 'because' } as const;
    await expect(update(world.dependencies, before, { tags: {} }, event)).rejects.toBeInstanceOf(StaleRunError);
    expect((await run()).tags).toEqual({ first: 'yes' });
  });
});
