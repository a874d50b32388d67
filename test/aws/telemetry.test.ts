import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { allowedFields } from '../../lib/aws/telemetry.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('telemetry', () => {
  it('lets out only fields it knows, in shapes that hold no sentence', () => {
    const fields = {
      runId: 'run_1',
      status: 'FAILED',
      troubles: 3,
      error: 'ReplyLostError ECONNRESET',
      password: 'canary',
      headers: { 'x-api-key': 'canary' },
      reason: '{"x-api-key":"canary"}',
      provider: 'a'.repeat(200),
    };
    expect(allowedFields(fields)).toEqual({
      runId: 'run_1',
      status: 'FAILED',
      troubles: 3,
      error: 'ReplyLostError ECONNRESET',
    });
  });

  it('writes lines and counts to the standard output, where Lambda reads them', async () => {
    // A process of its own, because what is under test writes past every stream that a test could pass in.
    const source = `
      import { createTelemetry } from './lib/aws/telemetry.ts';
      const { log, begin } = createTelemetry({ service: 'poll' });
      begin('request-1');
      log.info('run ended', { runId: 'run_1', password: 'canary' });
      log.count('RunEnded', { provider: 'bryter', flow: 'onboard' });
      log.count('RunFellOut', { provider: 'invision', flow: 'plan' });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
      cwd: ROOT,
    });
    const [line, ended, fellOut] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(line).toMatchObject({ message: 'run ended', runId: 'run_1', requestId: 'request-1', service: 'poll' });
    expect(ended).toMatchObject({ RunEnded: 1, provider: 'bryter', flow: 'onboard', _aws: expect.anything() });
    expect(fellOut).toMatchObject({ RunFellOut: 1, provider: 'invision', flow: 'plan' });
    expect(stdout).not.toContain('canary');
  });
});
