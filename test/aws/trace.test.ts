import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLED = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

/** A handler that is invoked as the lines say; at the end the names of the tracing packages that were loaded. */
const script = (lines: string) => `
  import { createRequire } from 'node:module';
  import { taskHandler } from './lib/aws/middleware.ts';
  import { ReplyLostError } from './lib/domain/errors.ts';
  const log = { info() {}, warn() {}, error() {}, count() {} };
  const context = { functionName: 'errand-poll', awsRequestId: 'r', getRemainingTimeInMillis: () => 9_000 };
  const handlerOf = (useCase) => taskHandler((event) => event, () => ({ log }), useCase);
  ${lines}
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  console.log(JSON.stringify(loaded.some((path) => path.includes('aws-xray-sdk-core'))));`;

const WELL = "await handlerOf(async () => 'done')({ runId: 'run_1' }, context);";

interface Received {
  readonly name: string;
  readonly trace_id: string;
  readonly parent_id: string;
  readonly fault?: boolean;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** Stands for the X-Ray daemon beside each function. */
let daemon: Socket;
const received: string[] = [];

beforeAll(async () => {
  daemon = createSocket('udp4');
  daemon.on('message', (message) => received.push(String(message)));
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
});
afterAll(() => new Promise<void>((resolve) => daemon.close(resolve)));
beforeEach(() => {
  received.length = 0;
});

/** Runs the lines in a process of their own, because the SDK reads the environment when it loads. */
async function run(lines: string, environment: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const env = {
    PATH: process.env.PATH ?? '',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: '/var/task',
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    _X_AMZN_TRACE_ID: SAMPLED,
    ...environment,
  };
  const options = { cwd: ROOT, env };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(lines)], options);
  return JSON.parse(stdout);
}

/** What the daemon got: each a line about the format, then a document. */
function documents(): readonly Received[] {
  return received.map((text) => JSON.parse(text.slice(text.indexOf('\n') + 1)));
}

describe('tracing', () => {
  it('tells of each invocation which run it was for, below Lambda’s own segment of that invocation', async () => {
    const second = SAMPLED.replace('53995c3f42cd8ad8', '1111111111111111').replace('272793', '272794');
    const loaded = await run(`${WELL}
      await new Promise((resolve) => setImmediate(resolve));
      process.env._X_AMZN_TRACE_ID = '${second}';
      ${WELL.replace('run_1', 'run_2')}`);
    expect(loaded).toBe(true);
    expect(documents()).toMatchObject([
      {
        name: '## errand-poll',
        trace_id: '1-5759e988-bd862e3fe1be46a994272793',
        parent_id: '53995c3f42cd8ad8',
        annotations: { runId: 'run_1', ColdStart: true },
      },
      {
        trace_id: '1-5759e988-bd862e3fe1be46a994272794',
        parent_id: '1111111111111111',
        annotations: { runId: 'run_2', ColdStart: false },
      },
    ]);
  });

  it('names an error and keeps its message to itself, since that may quote what a platform said', async () => {
    await run(`
      const failing = handlerOf(() => Promise.reject(new ReplyLostError('canary', { cause: new Error('canary') })));
      await failing({ runId: 'run_1' }, context).catch(() => undefined);`);
    expect(documents()).toMatchObject([{ fault: true, annotations: { runId: 'run_1', error: 'ReplyLostError' } }]);
    expect(received.join()).not.toMatch(/canary|\.ts/);
  });

  it.each([
    ['Lambda did not choose this invocation', { _X_AMZN_TRACE_ID: SAMPLED.replace('Sampled=1', 'Sampled=0') }],
    ['it is switched off, as on the laptop', { POWERTOOLS_TRACE_ENABLED: 'false' }],
  ])('is not even loaded when %s', async (_, environment) => {
    expect(await run(WELL, environment)).toBe(false);
    expect(received).toEqual([]);
  });

  it('calls only the first invocation a cold start, also when that one was not traced', async () => {
    await run(`process.env._X_AMZN_TRACE_ID = ''; ${WELL} process.env._X_AMZN_TRACE_ID = '${SAMPLED}'; ${WELL}`);
    expect(documents()).toMatchObject([{ annotations: { ColdStart: false } }]);
  });

  it('that fails stops no work: an address of the daemon that is none', async () => {
    const lines = `const result = await handlerOf(async () => 'done')({ runId: 'run_1' }, context);
      if (result !== 'done') throw new Error('not done');`;
    await expect(run(lines, { AWS_XRAY_DAEMON_ADDRESS: 'nowhere' })).resolves.toBeTypeOf('boolean');
  });
});
