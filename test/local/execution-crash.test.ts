import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/local/clock.ts';
import type { ExecutionStore } from '../../lib/local/execution-store.ts';
import { type Handlers, localStepFunctions } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const script = fileURLToPath(new URL('./fixtures/interrupted.ts', import.meta.url));

/** Starts a process, waits until it is ready and a little longer, and kills it as `kill -9` does. */
async function runAndKill(directory: string, count: number, scenario: string, afterMs = 0): Promise<void> {
  const child = spawn(process.execPath, [script, directory, String(count), scenario], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function carryOn(directory: string, handlers: Handlers) {
  const local = await localStepFunctions({ directory, handlers, retryPauseMs: 0, clock: systemClock });
  const resumed = await local.executions.resume();
  await expect.poll(() => local.executions.countRunning(), { timeout: 20_000 }).toBe(0);
  return { ...local, resumed };
}

const historyOf = (store: ExecutionStore, name: string) => store.events(name, { limit: 30_000, reverse: false });

describe('after kill -9', () => {
  it('every waiting execution goes on when it is due, and ends once', async () => {
    const directory = temporaryDirectory();
    await runAndKill(directory, 20, 'wait');
    let polls = 0;
    const poll = () => {
      polls += 1;
      return { next: 'SUCCEEDED' };
    };
    const { store, resumed } = await carryOn(directory, { poll });
    expect([resumed, polls]).toEqual([20, 20]);
    for (let i = 0; i < 20; i += 1) {
      const events = await historyOf(store, `e${i}`);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      const typed = (type: string) => events.filter((event) => event.type === type);
      expect(typed('WaitStateEntered')).toHaveLength(1);
      expect(typed('ExecutionSucceeded')).toHaveLength(1);
      const waited = (typed('WaitStateExited')[0]?.timestamp ?? 0) - (typed('WaitStateEntered')[0]?.timestamp ?? 0);
      // The wait counts from when the state was entered, which is a moment before its event is written.
      expect(waited).toBeGreaterThanOrEqual(3.9);
      expect((await store.find(`e${i}`))?.status).toBe('SUCCEEDED');
    }
  });

  it('a task that was under way is run again, and its history says that it broke off', async () => {
    const directory = temporaryDirectory();
    await runAndKill(directory, 2, 'hang', 100);
    const { store } = await carryOn(directory, { start: () => ({ next: 'SUCCEEDED' }) });
    const events = await historyOf(store, 'e1');
    expect(events.map(({ type }) => type).slice(0, 8)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
    ]);
    expect(events[4]).toMatchObject({ lambdaFunctionFailedEventDetails: { error: 'Lambda.Unknown' } });
  });

  it('again and again at any moment, nothing is lost and no history has a gap', async () => {
    const directory = temporaryDirectory();
    await runAndKill(directory, 20, 'laps', 30);
    for (const afterMs of [0, 70, 150]) await runAndKill(directory, 0, 'laps', afterMs);
    const succeed = () => ({ next: 'SUCCEEDED' });
    const { store, resumed } = await carryOn(directory, { start: succeed, poll: succeed });
    expect(resumed).toBe(20);
    for (let i = 0; i < 20; i += 1) {
      const events = await historyOf(store, `e${i}`);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      const entered = events.filter(({ type }) => type.endsWith('StateEntered')).length;
      const exited = events.filter(({ type }) => type.endsWith('StateExited')).length;
      expect(entered).toBe(exited);
      expect(events.at(-1)?.type).toBe('ExecutionSucceeded');
    }
  });
});
