import { describe, expect, it } from 'vitest';
import { MAX_LAPS, STATES } from '../../lib/contract.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import { answerRun } from '../../lib/workflow/answer-run.ts';
import { createPlatform, type PlatformOptions } from '../helpers/platform.ts';
import { seed, seeded } from '../helpers/random.ts';
import { exactly } from '../helpers/took.ts';
import { createVirtualTime } from '../helpers/virtual-time.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';
import { localStepFunctions } from '../local/helpers/local-step-functions.ts';
import { virtualClock } from '../local/helpers/virtual-clock.ts';
import {
  type CountedExecution,
  createCountedMachine,
  deployedDefinition,
  follow,
  type Hooks,
} from './counted-machine.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Past them Step Functions fails an execution. */
const MAX_EVENTS = 25_000;

const definition = await deployedDefinition();
const question = { url: 'https://acme.example.com/ask/1', form: { name: 'text' } };

function machineOf(platformOptions: PlatformOptions, flow: object, hooks: Hooks = {}) {
  const time = createVirtualTime(START_OF_TIME);
  const platform = createPlatform(time.now, platformOptions);
  const world = createWorld({ session: platform.session, config: testConfig(flow) });
  const executions = createCountedMachine(world, time, definition, hooks);
  const laps = () => executions.reduce((sum, { entered }) => sum + (entered[STATES.waitToPoll] ?? 0), 0);
  return { time, platform, world, executions, laps };
}

const mostEvents = (executions: readonly CountedExecution[]) => Math.max(...executions.map(({ events }) => events));
const isAlive = ({ status }: CountedExecution) => status === 'RUNNING';

/** Fails the first tries of every task, so many of them. */
function losing(times: number): Hooks {
  let lost = 0;
  return {
    before() {
      lost = lost === times ? 0 : lost + 1;
      if (lost > 0) throw new StoreUnavailableError('the table throttles');
    },
  };
}

describe('the count of events', () => {
  it('is that of the runtime, retries and all', async () => {
    const hooks = losing(2);
    const answers = () => {
      const left = [
        ...[
          { next: 'WAIT', waitSeconds: 5 },
          { next: 'WAIT', waitSeconds: 5 },
          { next: 'COOL_OFF', waitSeconds: 5 },
        ],
        ...[{ next: 'WAIT', waitSeconds: 5 }, { next: 'FETCH' }, { next: 'RELEASE' }, { next: 'SUCCEEDED' }],
      ].values();
      const answer = () => ({ runId: 'run_1', generation: 1, ...left.next().value });
      return { start: answer, poll: answer, 'fetch-output': answer, release: answer };
    };
    const counted: CountedExecution = {
      ...{ runId: 'run_1', generation: 1, startedMs: 0, status: 'RUNNING', events: 1, entered: {} },
    };
    const functions = Object.fromEntries(
      Object.entries(answers()).map(([name, answer]) => [name, async () => answer()]),
    );
    const context = { sleep: async () => {}, startExecution: async () => {}, hooks };
    await follow(definition, counted, functions, context, { next: definition.StartAt, value: { runId: 'run_1' } });

    const again = losing(2);
    const handlers = Object.fromEntries(
      Object.entries(answers()).map(([name, answer]) => [
        name,
        () => {
          again.before?.(name);
          return answer();
        },
      ]),
    );
    const clock = virtualClock();
    const local = await localStepFunctions({ definition, handlers, clock, retryPauseMs: 0 });
    await local.executions.start('a', '{"runId":"run_1"}');
    while (local.executions.countRunning() > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.next();
    }
    expect(counted.status).toBe('SUCCEEDED');
    expect(await local.store.find('a')).toMatchObject({ status: 'SUCCEEDED' });
    expect(counted.events).toBe((await local.store.lastEvent('a'))?.id);
  });
});

describe('a run of ten thousand laps', () => {
  it('with six tries lost in each of them dies of no history: it goes on in fresh executions', async () => {
    const flow = { deadline: '364d' };
    const { time, platform, world, executions, laps } = machineOf({ question, takesAnswers: true }, flow, losing(6));
    const { id } = await world.accept();
    for (let day = 100; laps() < 10_000; day += 5) await time.run(START_OF_TIME + day * DAY);
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await time.run();
    expect((await world.run(id)).status).toBe('SUCCEEDED');
    expect(mostEvents(executions)).toBeLessThan(MAX_EVENTS);
    // The limit was near all the same.
    expect(mostEvents(executions)).toBeGreaterThan(0.8 * MAX_EVENTS);
    expect(executions.length).toBeGreaterThanOrEqual(10_000 / MAX_LAPS);
    expect(executions.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
    expect(platform.calls.start).toBe(1);
    expect(executions.some(isAlive)).toBe(false);
  });
});

describe('a run of thirty days', () => {
  it('that waits for a person takes at most 3,000 looks over its executions, is told of once, and resumes', async () => {
    const { time, platform, world, executions } = machineOf({ question, takesAnswers: true }, { deadline: '60d' });
    const { id } = await world.accept();
    await time.run(START_OF_TIME + 30 * DAY);
    expect((await world.run(id)).status).toBe('WAITING_FOR_INPUT');
    expect(platform.calls.poll).toBeLessThanOrEqual(3_000);
    expect(executions.length).toBeGreaterThanOrEqual(4);
    expect(executions.filter(isAlive)).toHaveLength(1);
    await answerRun(world.dependencies, id, { name: 'Ada' });
    await time.run();
    expect((await world.run(id)).status).toBe('SUCCEEDED');
    expect((await world.store.events(id)).filter(({ type }) => type === 'waiting')).toHaveLength(1);
    expect(mostEvents(executions)).toBeLessThan(MAX_EVENTS);
  });
});

describe('a run of a day', () => {
  it.each([0.01, 0.1, 0.5])(
    `like those before it, give or take a share of %d, leaves less than 500 events (seed ${seed})`,
    async (share) => {
      const random = seeded(seed);
      const durationMs = () => DAY * (1 + share * (2 * random() - 1));
      const { time, world, executions } = machineOf({ durationMs: durationMs() }, { deadline: '4d' });
      for (let run = 0; run < 64; run += 1) {
        await world.dependencies.histories.remember('onboard/acme', exactly(durationMs()));
        await time.run(time.now() + HOUR);
      }
      const { id } = await world.accept();
      await time.run();
      const { status, endedAt = '', createdAt } = await world.run(id);
      expect(status).toBe('SUCCEEDED');
      expect(Date.parse(endedAt) - Date.parse(createdAt)).toBeLessThan(DAY * (1.05 + share));
      expect(executions.reduce((sum, { events }) => sum + events, 0)).toBeLessThan(500);
    },
  );
});

describe('the roll-over', () => {
  it(`that is killed at any moment, 200 times, leaves exactly one execution alive (seed ${seed})`, async () => {
    const random = seeded(seed);
    let kills = 0;
    for (let round = 0; round < 200; round += 1) {
      let left = 3;
      const kill = () => {
        if (left === 0 || random() < 0.5) return;
        left -= 1;
        kills += 1;
        throw Object.assign(new Error('the process was killed'), { name: 'Lambda.Unknown' });
      };
      let isRolling = false;
      const strike = () => (isRolling ? kill() : undefined);
      const hooks: Hooks = {
        before: strike,
        after: strike,
        answer(state, value) {
          // Its last lap, as far as the machine knows.
          if (state !== STATES.start || value.generation !== 1) return value;
          isRolling = true;
          return { ...value, lap: MAX_LAPS };
        },
      };
      const { time, platform, world, executions } = machineOf({ durationMs: 300_000 }, { deadline: '1d' }, hooks);
      world.boundary = (effect) =>
        effect.startsWith('store.') || effect === 'executions.start' ? strike() : undefined;
      const { id } = await world.accept();
      await time.run(time.now() + 60_000);
      isRolling = false;
      expect(executions.filter(isAlive).map(({ generation }) => generation)).toEqual([2]);
      expect(executions.some(({ entered }) => STATES.settle in entered)).toBe(false);
      expect((await world.run(id)).generation).toBe(2);
      await time.run();
      expect((await world.run(id)).status).toBe('SUCCEEDED');
      expect(platform.calls.start).toBe(1);
    }
    expect(kills).toBeGreaterThanOrEqual(200);
  });
});
