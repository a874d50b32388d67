import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { localStepFunctions } from './helpers/local-step-functions.ts';

const COUNT = 3_000;

it('a waiting execution costs less than 20 KB of memory, so that ten thousand may wait on a laptop', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { executions, store } = await localStepFunctions({
    handlers: { start: () => ({ next: 'WAIT', waitSeconds: 86_400 }) },
  });
  await executions.start('warm-up', '{}');
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  await Promise.all(Array.from({ length: COUNT }, (_, i) => executions.start(`e${i}`, `{"runId":"${i}"}`)));
  const isWaiting = async (i: number) => (await store.checkpoint(`e${i}`))?.state === 'WaitToPoll';
  for (let i = 0; i < COUNT; ) {
    if (await isWaiting(i)) i += 1;
    else await new Promise((resolve) => setImmediate(resolve));
  }
  await store.settled();
  collectGarbage();
  const bytesEach = (process.memoryUsage().heapUsed - before) / COUNT;
  expect(executions.countRunning()).toBe(COUNT + 1);
  expect(bytesEach).toBeLessThan(20_000);
});
