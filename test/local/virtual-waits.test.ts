import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createActivity } from '../../lib/local/activity.ts';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { type Definition, functionArn } from '../../lib/local/definition.ts';
import { createFunctions, type FunctionsOptions } from '../../lib/local/functions.ts';
import type { Use } from '../../lib/local/meter.ts';
import { startRuntime } from '../../lib/local/runtime.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const bundlesDir = fileURLToPath(new URL('./fixtures/functions', import.meta.url));
const MINUTE = 60_000;

function poll(options: Partial<FunctionsOptions> = {}) {
  const clock = adjustableClock();
  const activity = createActivity();
  const took: number[] = [];
  const functions = createFunctions({
    bundlesDir,
    environment: () => ({}),
    logFile: join(temporaryDirectory(), 'functions.log'),
    clock,
    timeoutMs: () => 2 * MINUTE,
    onEnded: (_name, durationMs) => took.push(durationMs),
    ...options,
  });
  onTestFinished(() => functions.close());
  const invoke = (behaviour: string, event: object = {}) =>
    activity.run(() => functions.invoke('poll', { behaviour, ...event }, activity.rest));
  const dueInMs = () => (clock.nextDueMs() ?? Number.NaN) - clock.now();
  return { clock, activity, invoke, atRest: activity.idle, dueInMs, took };
}

describe('a function that waits, on a clock that is put forward', () => {
  it('counts as idle meanwhile and says when it goes on, so that nobody leaps past that', async () => {
    const { clock, activity, invoke, atRest, dueInMs } = poll();
    const call = invoke('wait', { ms: 75_000 });
    await atRest();
    expect(dueInMs()).toBeGreaterThan(60_000);
    expect(dueInMs()).toBeLessThanOrEqual(75_000);
    clock.advance(dueInMs());
    expect(await call).toMatchObject({ ok: true });
    expect(activity.count()).toBe(0);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('goes on when the time has come by that clock, and not before', async () => {
    const { clock, invoke, atRest, dueInMs } = poll();
    const call = invoke('wait', { ms: 20_000, times: 3 });
    const beganMs = performance.now();
    await atRest();
    clock.advance(dueInMs() - 5_000);
    await atRest();
    expect(dueInMs()).toBeGreaterThan(3_000);
    for (let time = 0; time < 3; time += 1) {
      clock.advance(dueInMs());
      await atRest();
    }
    const { value } = (await call) as unknown as { value: { tookMs: number } };
    expect(value.tookMs).toBeGreaterThanOrEqual(60_000);
    expect(value.tookMs).toBeLessThan(65_000);
    expect(performance.now() - beganMs).toBeLessThan(10_000);
  });

  it('needs nobody to put the clock forward', async () => {
    const { invoke } = poll();
    expect(await invoke('wait', { ms: 50 })).toMatchObject({ ok: true });
  });

  it('has its time limit used up by what it waits, as in the cloud', async () => {
    const { clock, invoke, atRest, dueInMs } = poll();
    const call = invoke('wait', { ms: 75_000 });
    await atRest();
    clock.advance(dueInMs());
    const { value } = (await call) as unknown as { value: { remainingMs: number } };
    expect(value.remainingMs).toBeLessThanOrEqual(45_000);
    expect(value.remainingMs).toBeGreaterThan(35_000);
  });

  it('is not charged for a leap beyond the end of its wait', async () => {
    const { clock, invoke, atRest, took } = poll();
    const call = invoke('wait', { ms: 20_000 });
    await atRest();
    clock.advance(86_400_000);
    const { value } = (await call) as unknown as { value: { remainingMs: number } };
    expect(value.remainingMs).toBeGreaterThan(90_000);
    expect(took).toEqual([expect.closeTo(20_000, -4)]);
  });

  it('is cut when it would wait past its time limit', async () => {
    const { clock, activity, invoke, atRest, dueInMs } = poll();
    const call = invoke('wait', { ms: 75_000, times: 2 });
    await atRest();
    clock.advance(dueInMs());
    await atRest();
    expect(dueInMs()).toBeLessThanOrEqual(45_000);
    clock.advance(dueInMs());
    expect(await call).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
    expect(activity.count()).toBe(0);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('is told by its own timers at their time, such as that it must come to an end', async () => {
    const { clock, invoke, atRest, dueInMs } = poll();
    const call = invoke('waitUntilTold', { ms: 75_000, afterMs: 30_000 });
    await atRest();
    expect(dueInMs()).toBeLessThanOrEqual(30_000);
    clock.advance(dueInMs());
    const { value } = (await call) as unknown as { value: { ended: string; tookMs: number } };
    expect(value.ended).toBe('AbortError');
    expect(value.tookMs).toBeGreaterThanOrEqual(30_000);
    expect(value.tookMs).toBeLessThan(40_000);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('is told by no timer that it has called off or that is not due', async () => {
    const { clock, invoke, atRest, dueInMs } = poll();
    const call = invoke('clearedTimers', { ms: 40_000 });
    for (let time = 0; time < 2; time += 1) {
      await atRest();
      clock.advance(dueInMs());
    }
    expect(await call).toEqual({ ok: true, value: ['early'] });
  });

  it('may wait for two things at once, and is charged once', async () => {
    const { clock, activity, invoke, atRest, dueInMs, took } = poll();
    const call = invoke('waitTogether', { ms: 20_000 });
    for (let time = 0; time < 2; time += 1) {
      await atRest();
      expect(activity.count()).toBe(0);
      clock.advance(dueInMs());
    }
    await call;
    expect(took[0]).toBeGreaterThanOrEqual(40_000);
    expect(took[0]).toBeLessThan(45_000);
  });

  it('does so beside others, each at its own time', async () => {
    const { clock, invoke, atRest, dueInMs } = poll();
    const ended: number[] = [];
    const calls = [30_000, 10_000, 20_000].map((ms) => invoke('wait', { ms }).then(() => ended.push(ms)));
    while (ended.length < 3) {
      await atRest();
      if (Number.isFinite(dueInMs())) clock.advance(dueInMs());
      await atRest();
    }
    await Promise.all(calls);
    expect(ended).toEqual([10_000, 20_000, 30_000]);
  });
});

const DEFINITION: Definition = {
  StartAt: 'Poll',
  States: { Poll: { Type: 'Task', Resource: functionArn('poll'), End: true } },
};

describe('a runtime on a clock that is put forward', () => {
  it('is idle while a task of an execution waits in its function, and bills what was waited', async () => {
    const directory = temporaryDirectory();
    const configFile = join(directory, 'errand.config.json');
    writeFileSync(configFile, JSON.stringify({ connections: {}, flows: {} }));
    const template = { definition: DEFINITION, environments: {}, memory: {} };
    const clock = adjustableClock();
    const uses: Use[] = [];
    const runtime = await startRuntime({
      dataDir: join(directory, 'data'),
      configFile,
      port: 0,
      log: () => {},
      build: { functionsDir: bundlesDir, template },
      clock,
      meter: (use) => uses.push(use),
    });
    onTestFinished(() => runtime.close());
    await runtime.executions.start('waits', JSON.stringify({ behaviour: 'wait', ms: 75_000 }));
    await runtime.idle();
    expect(runtime.busy()).toBe(0);
    expect(runtime.executions.countRunning()).toBe(1);
    const dueInMs = (clock.nextDueMs() ?? Number.NaN) - clock.now();
    expect(dueInMs).toBeGreaterThan(60_000);
    expect(dueInMs).toBeLessThanOrEqual(75_000);
    clock.advance(dueInMs);
    await runtime.idle();
    expect(runtime.executions.countRunning()).toBe(0);
    const [poll] = uses.filter((use) => use.kind === 'invocation' && use.name === 'poll');
    expect(poll).toMatchObject({ kind: 'invocation', durationMs: expect.closeTo(75_000, -4) });
    expect(uses.filter(({ kind }) => kind === 'state')).toEqual([{ kind: 'state', execution: 'waits', state: 'Poll' }]);
  });
});
