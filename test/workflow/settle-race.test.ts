import { expect, it } from 'vitest';
import { amend, type Patch } from '../../lib/domain/record.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME } from '../helpers/world.ts';

const failure = { Error: 'ExecutionStopped', Cause: 'ABORTED' };

/** A job of two minutes that is stopped after so many tasks of its machine. */
async function stoppedAfter(tasks: number) {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now(), { cancel: 'confirms', durationMs: 120_000, canFind: true });
  const world = createWorld({ session: platform.session });
  time.now = world.now;
  const machine = createMachine(world);
  const { id } = await world.accept();
  for (let task = 0; task < tasks; task += 1) await machine.task();
  machine.stopAll();
  return { world, machine, id };
}

const at = (ms: number) => new Date(START_OF_TIME + ms).toISOString();
const STOPPED = [
  {
    where: 'its start is in doubt',
    tasks: 0,
    patch: { status: 'STARTING', intent: { owner: 'gone', at: at(0), fenceUntil: at(50_000) } },
    ended: 'CANCELED',
  },
  { where: 'a cancel had been asked for', tasks: 2, patch: { cancel: { requestedAt: at(0) } }, ended: 'CANCELED' },
  {
    where: 'its output is being fetched',
    tasks: 2,
    patch: { status: 'FETCHING_OUTPUT', verdict: { status: 'SUCCEEDED' } },
    ended: 'SUCCEEDED',
  },
] as const;

it.each(STOPPED)(
  'settles a run that was stopped while $where, although what it had called writes first',
  async ({ tasks, patch, ended }) => {
    const { world, machine, id } = await stoppedAfter(tasks);
    const write = async (change: Patch) => {
      const run = await world.run(id);
      const stamp = { now: world.now(), writeId: `seeded-${run.version}` };
      await world.store.save(amend(run, stamp, change, { type: 'decision', message: 'Somebody wrote.' }));
    };
    await write(patch);
    let crossed = 0;
    world.boundary = async (effect, when) => {
      if (effect !== 'store.save' || when !== 'before' || crossed > 0) return;
      crossed += 1;
      await write({});
    };
    await settleRun(world.dependencies, { execution: `${id}-g1`, run: { runId: id, generation: 1 }, failure });
    await machine.run();
    expect(crossed).toBe(1);
    expect(await world.run(id)).toMatchObject({ status: ended });
  },
);
