import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFunctions } from '../../lib/local/functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const BUNDLE = `
import { getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';
export const handler = async () => ({
  limitMb: getHeapStatistics().heap_size_limit / 2 ** 20,
  youngMb: resourceLimits.maxYoungGenerationSizeMb,
});`;

it('goes by the memory of a function and not by the machine’s, because ten threads would keep what each once took', async () => {
  const bundlesDir = temporaryDirectory();
  mkdirSync(join(bundlesDir, 'api'));
  writeFileSync(join(bundlesDir, 'api', 'index.mjs'), BUNDLE);
  const logFile = join(bundlesDir, 'functions.log');
  const functions = createFunctions({ bundlesDir, environment: () => ({}), logFile });
  onTestFinished(() => functions.close());
  const { value } = (await functions.invoke('api', {})) as { value?: { limitMb: number; youngMb: number } };
  expect(value?.limitMb).toBeLessThanOrEqual(1_100);
  expect(value?.youngMb).toBeLessThanOrEqual(16);
});
