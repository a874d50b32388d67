import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessKeyOf } from '../../lib/local/access-key.ts';
import { writeAwsEnv } from '../../lib/local/aws-env.ts';
import { startRuntime } from '../../lib/local/runtime.ts';
import { configFile } from './helpers/built-stack.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** The environment of a shell that has sourced the file. */
function sourced(dataDir: string, env: NodeJS.ProcessEnv = {}): Record<string, string> {
  const text = execFileSync('sh', ['-c', '. "$0" && env -0', join(dataDir, 'aws.env')], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  const lines = text.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

describe('aws.env', () => {
  it('gives a shell every value as it is, whatever it holds', () => {
    const dataDir = temporaryDirectory();
    const values = { AWS_REGION: 'us-east-1', ERRAND_X: `it's $HOME "and" \`more\`\\`, OTHER: 'x' };
    writeAwsEnv(dataDir, values);
    const env = sourced(dataDir);
    expect(env).toMatchObject({ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', ERRAND_X: values.ERRAND_X });
    expect(env.OTHER).toBeUndefined();
    expect(modeOf(join(dataDir, 'aws.env'))).toBe(0o600);
  });

  it('takes away settings for the cloud that would win over it', () => {
    const dataDir = temporaryDirectory();
    writeAwsEnv(dataDir, { AWS_ENDPOINT_URL_SFN: 'http://127.0.0.1:1' });
    const env = sourced(dataDir, { AWS_PROFILE: 'production', AWS_SESSION_TOKEN: 't', AWS_ENDPOINT_URL: 'https://x' });
    expect(Object.keys(env).filter((name) => name.startsWith('AWS_'))).toEqual(['AWS_ENDPOINT_URL_SFN']);
  });

  it('lets AWS’s clients start an execution, and is gone once the runtime has stopped', async () => {
    const dataDir = temporaryDirectory();
    const start = () => startRuntime({ dataDir, configFile: configFile(), port: 0, log: () => {} });
    const runtime = await start();
    onTestFinished(() => runtime.close());
    const env = sourced(dataDir);
    expect(env).toMatchObject({ ERRAND_API_URL: runtime.apiUrl, AWS_ENDPOINT_URL_S3: runtime.services.s3 });
    const clientOf = (values: Record<string, string>) =>
      new SFNClient({
        region: values.AWS_REGION ?? '',
        endpoint: values.AWS_ENDPOINT_URL_SFN ?? '',
        credentials: {
          accessKeyId: values.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: values.AWS_SECRET_ACCESS_KEY ?? '',
        },
      });
    const stateMachineArn = env.ERRAND_STATE_MACHINE_ARN;
    await clientOf(env).send(new StartExecutionCommand({ stateMachineArn, input: '{"runId":"run_none"}' }));
    await runtime.close();
    expect(existsSync(join(dataDir, 'aws.env'))).toBe(false);

    const next = await start();
    onTestFinished(() => next.close());
    // A shell from before has the right key, and only the wrong ports.
    const known = { ...env, AWS_ENDPOINT_URL_SFN: next.services.stepFunctions };
    const { executions } = await clientOf(known).send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(1);
  });
});

describe('the access key', () => {
  it('is random for each data directory, and stays as it is', () => {
    const [one, other] = [temporaryDirectory(), temporaryDirectory()];
    expect(accessKeyOf(one)).toEqual(accessKeyOf(one));
    expect(accessKeyOf(one)).not.toEqual(accessKeyOf(other));
    expect(modeOf(join(one, 'access-key'))).toBe(0o600);
  });

  it.each(['', 'x', '{}', '{"accessKeyId":"a","secretAccessKey":""}'])(
    'is made anew where the file holds none (%j), since nothing is lost with it',
    (text) => {
      const dataDir = temporaryDirectory();
      writeFileSync(join(dataDir, 'access-key'), text);
      const made = accessKeyOf(dataDir);
      expect(made.secretAccessKey).toHaveLength(40);
      expect(JSON.parse(readFileSync(join(dataDir, 'access-key'), 'utf8'))).toEqual(made);
    },
  );
});
