import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV, FUNCTIONS } from '../../lib/contract.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { readTemplate } from './assembly.ts';

const APP = new URL('../../infra/app.ts', import.meta.url).pathname;

const SAMPLE = {
  connections: {
    profit: { provider: 'invision', baseUrl: 'http://127.0.0.1:9999/invision', secret: 'errand/profit' },
  },
  flows: {
    refresh: {
      connection: 'profit',
      target: { dataFlowId: '42' },
      deadline: '2h',
      schedule: { cron: '30 6 * * 1-5', timezone: 'Europe/Brussels' },
    },
  },
};

/** Nothing of this machine but the way to Node: no region, no account, no key. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '' };

interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = ENVIRONMENT): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { env: { ...env } }, (error, _stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stderr }),
    );
  });
}

let dir = '';
let outdir = '';
let local: Outcome;

async function configFile(name: string, config: unknown): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, JSON.stringify(config));
  return file;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'errand-app-'));
  outdir = join(dir, 'assembly');
  const config = await configFile('local.json', SAMPLE);
  local = await run([APP, '--outdir', outdir, '--config', config, '--local']);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the app on the laptop', () => {
  it('writes the whole assembly without an account, a region or the internet', async () => {
    expect(local).toEqual({ exitCode: 0, stderr: '' });
    const { Resources } = await readTemplate(outdir);
    expect(Object.keys(Resources).length).toBeGreaterThan(20);
  });

  it('makes a schedule of each flow that has one, in its own zone', async () => {
    const { Resources } = await readTemplate(outdir);
    const schedules = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule');
    expect(schedules.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({
        Name: 'refresh',
        ScheduleExpression: 'cron(30 6 ? * MON-FRI *)',
        ScheduleExpressionTimezone: 'Europe/Brussels',
      }),
    ]);
  });

  it.each(FUNCTIONS)(
    'ships %s with the configuration checked and complete, so that it need not load the means to check it',
    async (name) => {
      const shipped = JSON.parse(await readFile(join(outdir, 'functions', name, 'errand.config.json'), 'utf8'));
      expect(shipped).toEqual(checkConfig(SAMPLE));
    },
  );
});

describe('the console page', () => {
  it('is shipped beside the code of the function that serves it, with the drawing of the machine, and with no other', async () => {
    const ships = async (name: string) => (await readdir(join(outdir, 'functions', name))).includes('console');
    const shipping = await Promise.all(FUNCTIONS.map(ships));
    expect(FUNCTIONS.filter((_, index) => shipping[index])).toEqual(['api']);
    const manifest = JSON.parse(await readFile(join(outdir, 'functions', 'api', 'console', 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest)).toEqual(expect.arrayContaining(['index.html', 'workflow.json']));
  });

  it('is no part of what its function reads at start', async () => {
    const entry = await readFile(join(outdir, 'functions', 'api', 'index.mjs'), 'utf8');
    expect(entry).not.toMatch(/<!doctype|createRoot|dagre/);
  });
});

describe('the bundles', () => {
  const parts = async (name: string) => {
    const files = await readdir(join(outdir, 'functions', name));
    return files.filter((file) => file.endsWith('.mjs')).map((file) => join(outdir, 'functions', name, file));
  };
  /** Those of the words that a bundle contains. */
  const found = async (name: string, words: readonly string[]) => {
    const code = (await Promise.all((await parts(name)).map((part) => readFile(part, 'utf8')))).join('\n');
    return words.filter((word) => code.includes(word));
  };

  it.each(FUNCTIONS)('%s loads with the options it has in the cloud', async (name) => {
    const bundle = join(outdir, 'functions', name, 'index.mjs');
    const script = `const { handler } = await import(${JSON.stringify(bundle)}); if (typeof handler !== 'function') process.exit(3);`;
    const names = Object.fromEntries(Object.values(ENV).map((variable) => [variable, 'a']));
    const env = {
      ...ENVIRONMENT,
      ...names,
      AWS_REGION: 'eu-west-1',
      NODE_OPTIONS: '--disable-proto=delete',
      [ENV.stateMachine]: 'arn:aws:states:eu-west-1:000000000000:stateMachine:a:live',
    };
    expect(await run(['--input-type=module', '--eval', script], env)).toMatchObject({ exitCode: 0 });
  });

  it.each(FUNCTIONS)(
    '%s has no sign-in, profile or instance credentials, which a function never uses',
    async (name) => {
      const words = ['AssumeRoleWithWebIdentity', 'GetRoleCredentials', 'credential_process', 'CreateOAuth2Token'];
      expect(await found(name, words)).toEqual([]);
    },
  );

  it('hold only the clients that a function calls: looking at a run takes no bucket and no state machine', async () => {
    const [table, secrets, states, bucket, queue] = [
      'DynamoDB_20120810',
      'secretsmanager.',
      'AWSStepFunctions',
      'S3ServiceException',
      'AmazonSQS',
    ] as const;
    const clients = [table, secrets, states, bucket, queue];
    expect(await found('poll', clients)).toEqual([table, secrets]);
    expect(await found('settle', clients)).toEqual([table, states]);
    expect(await found('release', clients)).toEqual([table, states]);
    expect(await found('announce', clients)).toEqual([secrets]);
    expect(await found('intake', clients)).toEqual([table, secrets, states, bucket]);
    expect(await found('sweep', clients)).toEqual([table, secrets, states, bucket, queue]);
  });

  /** The code that is read when a function starts: its entry, and what the parts import of each other at once. */
  const readAtStart = async (name: string) => {
    const files = ['index.mjs'];
    let code = '';
    for (const file of files) {
      const text = await readFile(join(outdir, 'functions', name, file), 'utf8');
      const imported = [...text.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g)].map((match) => match[1] ?? '');
      files.push(...imported.filter((part) => !files.includes(part)));
      code += text;
    }
    return code;
  };

  it.each(FUNCTIONS)('%s has the tracer, but reads it only in invocations that are traced', async (name) => {
    expect(await found(name, ['AWS_XRAY_CONTEXT_MISSING'])).toHaveLength(1);
    expect(await readAtStart(name)).not.toContain('AWS_XRAY_CONTEXT_MISSING');
  });

  it('that use the bucket read its client, the largest of all, when there is something to put or get', async () => {
    for (const name of ['start', 'fetch-output', 'api', 'intake', 'sweep']) {
      expect(await found(name, ['S3ServiceException'])).toHaveLength(1);
      expect(await readAtStart(name)).not.toContain('S3ServiceException');
    }
  });

  it('write their part of a trace, so that nothing of the tracer was lost in bundling', async () => {
    const daemon = createSocket('udp4');
    const first = once(daemon, 'message', { signal: AbortSignal.timeout(20_000) });
    await once(daemon.bind(0, '127.0.0.1'), 'listening');
    const script = `const { handler } = await import(${JSON.stringify(join(outdir, 'functions', 'settle', 'index.mjs'))});
      const event = { runId: 'run_01KB0000000000000000000000', failure: { Error: 'States.Timeout' } };
      const context = { functionName: 'settle', awsRequestId: 'r', getRemainingTimeInMillis: () => 20_000 };
      await handler(event, context).catch(() => undefined);`;
    await run(['--input-type=module', '--eval', script], {
      ...ENVIRONMENT,
      AWS_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      LAMBDA_TASK_ROOT: '/var/task',
      _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    });
    const [message] = await first;
    daemon.close();
    // There is neither table nor key here: the task fails, and the trace says so.
    expect(String(message)).toContain('"name":"## settle"');
    expect(String(message)).toContain('"fault":true');
  });

  /** They check what people wrote. */
  const WITH_SCHEMAS: readonly string[] = ['api', 'intake', 'sweep'];

  it.each(FUNCTIONS.filter((name) => !WITH_SCHEMAS.includes(name)))(
    '%s starts without a schema library, the slowest thing it could load for its small events',
    async (name) => {
      expect(await readAtStart(name)).not.toMatch(/ZodError|ZodType/);
    },
  );

  it.each(FUNCTIONS)('%s keeps the names of errors, which Step Functions matches as text', async (name) => {
    expect(await found(name, ['StoreUnavailableError'])).toHaveLength(1);
  });

  it('of what looks at a run holds the platforms in files of their own, read when one is asked', async () => {
    const files = (await parts('poll')).map((file) => basename(file));
    expect(files.filter((file) => file.startsWith('bryter-'))).toHaveLength(1);
    const entry = await readFile(join(outdir, 'functions', 'poll', 'index.mjs'), 'utf8');
    expect(entry.includes('publishedModuleId')).toBe(false);
    expect(await found('poll', ['publishedModuleId'])).toHaveLength(1);
  });

  it.each(FUNCTIONS)('%s stays below a megabyte', async (name) => {
    const sizes = await Promise.all((await parts(name)).map(async (part) => (await stat(part)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });
});

describe('the app for the cloud', () => {
  it('refuses platforms on this machine, by path, before anything is written', async () => {
    const config = await configFile('loopback.json', SAMPLE);
    const target = join(dir, 'refused');
    const { exitCode, stderr } = await run([APP, '--outdir', target, '--config', config]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('connections.profit.baseUrl: expected https');
    await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('names every mistake of a configuration by its path', async () => {
    const connections = { profit: { ...SAMPLE.connections.profit, baseUrl: 'http://plan.example.com', extra: 1 } };
    const config = await configFile('broken.json', { ...SAMPLE, connections });
    const { exitCode, stderr } = await run([APP, '--outdir', join(dir, 'broken'), '--config', config]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('connections.profit.baseUrl: expected https');
    expect(stderr).toContain('connections.profit.extra');
  });
});
