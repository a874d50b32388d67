import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cdkWords } from '../../lib/cli/cloud/cdk.ts';
import { temporaryDir } from '../system/instance.ts';
import { errand, runToEnd } from './errand.ts';

const GOOD = {
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.bryter.io', secret: 'errand/acme' } },
  flows: { onboard: { connection: 'acme', target: { publishedModuleId: 'abc' } } },
};

function written(config: object): string {
  const dir = temporaryDir((task) => onTestFinished(task));
  const file = join(dir, 'a.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('errand deploy, diff and synth', () => {
  it.each(['deploy', 'diff'])('%s refuses platforms on this machine before anything is called', async (action) => {
    const { code, stdout, stderr } = await errand([action, '--config', 'errand.config.ts']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('connections.bryter.baseUrl: expected https, because the cloud cannot reach this machine');
    expect(stderr).toContain('write one: npx errand init');
  });

  it.each(['deploy', 'diff', 'synth'])('%s names the mistakes of a configuration and calls nothing', async (action) => {
    const { code, stderr } = await errand([action, '--config', written({ connections: {}, flows: { f: {} } })]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('flows.f.target')]);
    expect(stderr).not.toContain('    at ');
  });

  it('hands on what stands behind --, to the CDK that comes with the packages', async () => {
    const { code, stdout, stderr } = await errand(['synth', '--config', written(GOOD), '--', '--version']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect(stderr).toContain('The configuration is ');
    const unknown = await errand(['synth', '--version']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("Unknown option '--version'")]);
  });

  it('ends with 2 when the CDK is not content', async () => {
    const { code } = await errand(['synth', '--config', written(GOOD), '--', '--output']);
    expect(code).toBe(2);
  });

  it('gives the application its configuration, and the context what the options say', () => {
    const options = { stack: 'ErrandTest', environment: 'test', 'alarm-topic': 'arn:aws:sns:eu-west-1:1:a' };
    const [action, app, line = '', ...rest] = cdkWords('deploy', options, '/a b/c.ts', ['--require-approval', 'never']);
    expect([action, app]).toEqual(['deploy', '--app']);
    expect(line).toMatch(/infra[/\\]app\.ts['"] --config ['"]\/a b\/c\.ts['"] --$/);
    expect(rest).toEqual([
      ...['--context', 'stackName=ErrandTest', '--context', 'environment=test'],
      ...['--context', 'alarmTopicArn=arn:aws:sns:eu-west-1:1:a', '--require-approval', 'never'],
    ]);
  });

  it.skipIf(process.platform === 'win32')('runs nothing of what the name of a file says', async () => {
    const dir = temporaryDir((task) => onTestFinished(task));
    const file = join(dir, `a "b" 'c' $(touch ran)\`touch ran\`.json`);
    const line = cdkWords('synth', {}, file, [])[2] ?? '';
    const { stdout } = await runToEnd('sh', ['-c', `cd '${dir}'; printf '%s\\n' ${line}`]);
    expect(stdout.split('\n').slice(2, 4)).toEqual(['--config', file]);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('lets only synth look at a configuration with platforms on this machine', () => {
    const lineOf = (action: 'deploy' | 'diff' | 'synth') => cdkWords(action, {}, 'c.ts', [])[2];
    expect(lineOf('synth')).toContain('--allow-loopback');
    expect(lineOf('deploy')).not.toContain('--allow-loopback');
    expect(lineOf('diff')).not.toContain('--allow-loopback');
    expect(existsSync('node_modules/aws-cdk/bin/cdk')).toBe(true);
  });
});
