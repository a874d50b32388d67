import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  announceDependencies,
  apiDependencies,
  fetchOutputDependencies,
  intakeDependencies,
  pollDependencies,
  releaseDependencies,
  settleDependencies,
  startDependencies,
  sweepDependencies,
} from '../../lib/aws/dependencies.ts';
import { ENV } from '../../lib/contract.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { type AwsJsonServer, startAwsJsonServer } from '../helpers/aws-json-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PLAIN = { bundle: true, platform: 'node', format: 'esm', write: false, outdir: 'unused' } as const;

/** The clients that are left around one of the builders: our own code is shaken first, then what it still imports. */
async function clientsIn(builder: string): Promise<readonly string[]> {
  const contents = `export { ${builder} as handler } from './lib/aws/dependencies.ts';`;
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' as const };
  const own = await build({ ...PLAIN, stdin, packages: 'external' });
  const rest = { ...stdin, contents: own.outputFiles[0]?.text ?? '' };
  const { metafile } = await build({ ...PLAIN, stdin: rest, metafile: true, mainFields: ['module', 'main'] });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const names = inputs.flatMap(([path, { bytesInOutput }]) => {
    const name = /@aws-sdk\/(client-[a-z0-9-]+|lib-storage|s3-request-presigner)\//.exec(path)?.[1];
    return name === undefined || bytesInOutput === 0 ? [] : [name];
  });
  return [...new Set(names)].sort();
}

const DYNAMODB = 'client-dynamodb';
const SECRETS = 'client-secrets-manager';
const SFN = 'client-sfn';
const S3 = ['client-s3', 'lib-storage', 's3-request-presigner'];

describe('the code of a function', () => {
  it.each([
    ['pollDependencies', [DYNAMODB, SECRETS]],
    ['settleDependencies', [DYNAMODB, SFN]],
    ['releaseDependencies', [DYNAMODB, SFN]],
    ['announceDependencies', [SECRETS]],
    ['intakeDependencies', [DYNAMODB, SECRETS, SFN, ...S3]],
    ['sweepDependencies', [DYNAMODB, SECRETS, SFN, 'client-sqs', ...S3]],
    ['startDependencies', [DYNAMODB, SECRETS, ...S3]],
    ['fetchOutputDependencies', [DYNAMODB, SECRETS, ...S3]],
    ['apiDependencies', [DYNAMODB, SECRETS, SFN, ...S3]],
  ])('built with %s holds exactly the clients it calls', async (builder, clients) => {
    expect(await clientsIn(builder)).toEqual([...clients].sort());
  });
});

describe('the dependencies of a function', () => {
  let server: AwsJsonServer;
  let directory: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    server = await startAwsJsonServer();
    directory = mkdtempSync(join(tmpdir(), 'errand-'));
    const config = join(directory, 'config.json');
    const connections = {
      acme: { provider: 'invision', baseUrl: 'https://acme.example.com/x', secret: 'errand/acme' },
    };
    const flows = { plan: { connection: 'acme', target: { dataFlowId: 'flow-1' }, deadline: '2h' } };
    writeFileSync(config, JSON.stringify(configSchema.parse({ connections, flows })));
    env = {
      [ENV.config]: config,
      [ENV.table]: 'table',
      [ENV.bucket]: 'bucket',
      [ENV.stateMachine]: 'arn:aws:states:eu-west-1:123456789012:stateMachine:errand',
      [ENV.rootKeySecret]: 'errand/root',
    };
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await server.close();
  });

  it('read the configuration as it was shipped, complete', () => {
    expect(pollDependencies({ env }).config.flows.plan).toMatchObject({ deadline: 7_200_000, outputRequired: false });
  });

  it('name the variable that is not set', () => {
    const { [ENV.table]: _, ...without } = env;
    expect(() => settleDependencies({ env: without }).store).toThrow(ENV.table);
  });

  it('are built once', () => {
    const dependencies = apiDependencies({ env });
    expect(dependencies.store).toBe(dependencies.store);
    expect(dependencies.executions.arnOf({ id: 'run_1', generation: 1 })).toContain(':execution:errand:run_1-g1');
  });

  it('say so when a function reaches for what it was built without', () => {
    expect(() => pollDependencies({ env }).outputs).toThrow('The function poll was built without the output store');
    expect(() => settleDependencies({ env }).connections).toThrow('settle');
    expect(() => sweepDependencies({ env }).connections).toThrow('The function sweep was built without connections');
    expect(() => apiDependencies({ env }).falloutQueue).toThrow('the fallout queue');
    expect(() => releaseDependencies({ env }).budgets).toThrow('request budgets');
    expect(fetchOutputDependencies({ env }).outputs).toBeDefined();
    expect(startDependencies({ env }).outputs).toBeDefined();
  });

  it('hold the key of events where they are asked for it, and nothing else is needed before', async () => {
    const { eventKey, log } = announceDependencies({ env: {} });
    expect(log).toBeDefined();
    await expect(eventKey()).rejects.toThrow(ENV.eventKeySecret);
  });

  it('know of connections where a platform is called, and of slots wherever a run may leave its line', () => {
    for (const { histories, states, budgets } of [startDependencies({ env }), pollDependencies({ env })])
      expect([histories, states, budgets]).not.toContain(undefined);
    expect(startDependencies({ env }).inFlight).toBeDefined();
    expect(() => pollDependencies({ env }).inFlight).toThrow('slots of connections');
    for (const compose of [releaseDependencies, settleDependencies, intakeDependencies, sweepDependencies]) {
      expect(compose({ env }).inFlight).toBeDefined();
      expect(() => compose({ env }).states).toThrow('states of connections');
    }
  });

  it('make run ids that sort by time', () => {
    const { ids } = pollDependencies({ env });
    expect(ids.runId(1_700_000_000_000)).toMatch(/^run_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(ids.runId(1_700_000_000_000) < ids.runId(1_700_000_000_001)).toBe(true);
    expect(ids.nonce()).not.toBe(ids.nonce());
  });
});
